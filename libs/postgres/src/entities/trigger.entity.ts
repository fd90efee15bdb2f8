import type { JsonValue } from '@flows/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export const EVENT_TRIGGER_TYPES = ['crm_event', 'connector_event'] as const;
export type EventTriggerType = (typeof EVENT_TRIGGER_TYPES)[number];

/** What starts runs of a workflow by itself (ExternalTrigger). It fires only while its workflow is active. */
@Entity('triggers')
export class TriggerEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'workspace_id' })
  workspaceId: string;

  @Column('uuid', { name: 'workflow_id' })
  workflowId: string;

  @Column('text')
  name: string;

  @Column('text')
  type: EventTriggerType;

  @Column('text', { name: 'target_type' })
  targetType: 'workflow';

  @Column('boolean')
  enabled: boolean;

  /** An exact type, or one that ends in `.*`. */
  @Column('text', { name: 'event_type' })
  eventType: string;

  /** Only events of this source; null takes every one. */
  @Column('text', { nullable: true })
  source: string | null;

  /** CEL over `event`; null lets every event of the type pass. */
  @Column('text', { nullable: true })
  filter: string | null;

  /** Event → payload; null is the default mapping `{ event: <type>, ...event.data }`. */
  @Column('jsonb', { nullable: true })
  mapping: JsonValue;

  @Column('timestamptz', { name: 'last_fired_at', nullable: true })
  lastFiredAt: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
