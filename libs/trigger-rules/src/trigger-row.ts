import type { JsonValue } from '@flows/contracts';

/** Where the events of a trigger come from: each type has its own topic. */
export type EventTriggerType = 'crm_event' | 'connector_event';

/** A trigger as users define it. Ids are plain UUIDs. */
export interface TriggerRow {
  id: string;
  workspaceId: string;
  workflowId: string;
  name: string;
  type: EventTriggerType;
  enabled: boolean;
  /** An exact type, or one that ends in `.*`. */
  eventType: string;
  /** Only events of this source; null takes every one. */
  source: string | null;
  /** CEL over `event`; null lets every event of the type pass. */
  filter: string | null;
  /** Event → payload, JSON with `${ … }` over `event`; null is the default mapping. */
  mapping: JsonValue;
}
