import { ApiProperty } from '@nestjs/swagger';
import { toTypeId, type JsonValue } from '@flows/contracts';
import { EVENT_TRIGGER_TYPES, type EventTriggerType, type TriggerEntity } from '@flows/postgres';

/** An ExternalTrigger: what starts runs of a workflow by itself. */
export class TriggerView {
  @ApiProperty({ example: 'trg_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  workflow_id: string;
  @ApiProperty({ enum: ['workflow'] })
  target_type: 'workflow';
  @ApiProperty({ enum: EVENT_TRIGGER_TYPES })
  type: EventTriggerType;
  @ApiProperty()
  name: string;
  @ApiProperty()
  enabled: boolean;
  @ApiProperty({ example: 'lead.segment_entered' })
  event_type: string;
  @ApiProperty({ type: String, nullable: true })
  source: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'CEL over `event`' })
  filter: string | null;
  @ApiProperty({
    nullable: true,
    description: 'Event → payload: JSON with ${ … } over `event`; null: `{ event: <type>, ...event.data }`',
  })
  mapping: JsonValue;
  @ApiProperty({ format: 'date-time', type: String, nullable: true })
  last_fired_at: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
}

export function toTriggerView(trigger: TriggerEntity): TriggerView {
  return {
    id: toTypeId('trg', trigger.id),
    workflow_id: toTypeId('wf', trigger.workflowId),
    target_type: trigger.targetType,
    type: trigger.type,
    name: trigger.name,
    enabled: trigger.enabled,
    event_type: trigger.eventType,
    source: trigger.source,
    filter: trigger.filter,
    mapping: trigger.mapping,
    last_fired_at: trigger.lastFiredAt?.toISOString() ?? null,
    created_at: trigger.createdAt.toISOString(),
    updated_at: trigger.updatedAt.toISOString(),
  };
}
