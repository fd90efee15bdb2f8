import type { JsonValue, RunParent, RunRequested, RunTrigger } from '@flows/contracts';

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
  const parent = parentOf(row);
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
    ...(parent === null ? {} : { parent }),
    ...(row.body === null ? {} : { body: row.body }),
    ...(row.scope_id === null ? {} : { scope_id: row.scope_id }),
  };
}

/** The run that waits for this one, or started it; null for a run that nothing stands above. */
export function parentOf(
  row: Pick<RunRequestRow, 'parent_run_id' | 'parent_step_id' | 'item_index' | 'depth'>,
): RunParent | null {
  const { parent_run_id, parent_step_id, item_index, depth } = row;
  if (parent_run_id === null || parent_step_id === null) return null;
  const parent = { run_id: parent_run_id, step_id: parent_step_id, depth };
  return item_index === null ? { ...parent, kind: 'flow' } : { ...parent, kind: 'item', index: item_index };
}
