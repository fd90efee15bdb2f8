import { compileTrigger, type EventTriggerType, type Trigger, type TriggerRow } from '@flows/trigger-rules';
import type { JsonValue } from '@flows/contracts';
import type { FlowProblem } from '@flows/flow-graph';

/** A trigger as the listener holds it. One that does not compile is held too: its events get a verdict that says so. */
export type LiveTrigger = { readonly row: TriggerRow } & (
  { readonly trigger: Trigger } | { readonly problems: readonly FlowProblem[] }
);

/** As load-triggers.sql gives it. */
export interface TriggerRecord {
  id: string;
  workspace_id: string;
  workflow_id: string;
  name: string;
  type: EventTriggerType;
  enabled: boolean;
  event_type: string;
  source: string | null;
  filter: string | null;
  mapping: JsonValue;
}

export function compileRecord(record: TriggerRecord): LiveTrigger {
  const row: TriggerRow = {
    id: record.id,
    workspaceId: record.workspace_id,
    workflowId: record.workflow_id,
    name: record.name,
    type: record.type,
    enabled: record.enabled,
    eventType: record.event_type,
    source: record.source,
    filter: record.filter,
    mapping: record.mapping,
  };
  const compiled = compileTrigger(row);
  return compiled.ok ? { row, trigger: compiled.trigger } : { row, problems: compiled.problems };
}
