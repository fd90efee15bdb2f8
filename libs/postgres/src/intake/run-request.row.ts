import type { JsonValue, RunRequested, RunTrigger } from '@flows/contracts';

/** What a queued run's row keeps of its request. Times are Unix milliseconds. */
export interface RunRequestRow {
  run_id: string;
  workspace_id: string;
  workflow_id: string;
  version: number;
  payload: JsonValue;
  trigger: RunTrigger;
  created_at: number;
  parent_run_id: string | null;
  parent_step_id: string | null;
  item_index: number | null;
  depth: number;
  body: string[] | null;
  scope_id: string | null;
}

/** The input that a queued row was made from, for whoever publishes it later. Its id is the run's: receivers see a repetition as such. */
export function toRunRequested(row: RunRequestRow, at: number): RunRequested {
  return {
    type: 'run.requested',
    id: `req:${row.run_id}`,
    run_id: row.run_id,
    workspace_id: row.workspace_id,
    at: Math.round(at),
    workflow_id: row.workflow_id,
    version: row.version,
    payload: row.payload,
    trigger: row.trigger,
    created_at: Math.round(row.created_at),
    ...(row.parent_run_id === null || row.parent_step_id === null
      ? {}
      : { parent: { run_id: row.parent_run_id, step_id: row.parent_step_id, ...kindOf(row), depth: row.depth } }),
    ...(row.body === null ? {} : { body: row.body }),
    ...(row.scope_id === null ? {} : { scope_id: row.scope_id }),
  };
}

function kindOf({ item_index: index }: RunRequestRow): { kind: 'flow' } | { kind: 'item'; index: number } {
  return index === null ? { kind: 'flow' } : { kind: 'item', index };
}
