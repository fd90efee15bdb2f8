import type pg from 'pg';
import type { RunRequested } from '@flows/contracts';
import { readSql } from '../sql/read-sql.js';
import { WORKSPACE_SHARE } from './workspace-share.js';

const INSERT = readSql(import.meta.url, './insert-queued-runs.sql');

export interface QueuedRun {
  /** The input that will be published after the commit; the row is made from it, with its parent, body and scope. */
  request: RunRequested;
  /** The run's time-out, counted from its creation. */
  timeoutMs: number;
  traceparent?: string;
  /** Of the queued runs of a workspace the higher one starts first; 0 when absent. */
  priority?: number;
  /** Where the workflow limits its concurrency: at most `limit` runs of the lane between admission and end. See `laneOf` of trigger-rules. */
  lane?: { readonly name: string; readonly limit: number } | null;
  /** The run that this one replays. */
  replayOf?: string;
}

/** Ids of the rows that are new; none of a run that was there already. */
export interface InsertedRuns {
  /** May start at once: the caller publishes their requests after the commit. */
  readonly admitted: ReadonlySet<string>;
  /** Wait in their row for the orchestrator's admitter, which publishes their requests. */
  readonly waiting: ReadonlySet<string>;
}

/**
 * Writes the queued rows of accepted runs, and decides which of them may start at once. From here on they survive the death of any
 * process and of the broker (a sweep publishes what never was). A run that is there already is left as it is.
 */
export async function insertQueuedRuns(client: pg.ClientBase | pg.Pool, runs: readonly QueuedRun[]): Promise<InsertedRuns> {
  const { workspaces, workspaceOf, placeOf } = dealOut(runs);
  const { rows } = await client.query<{ id: string; admitted: boolean }>({
    name: 'insert-queued-runs',
    text: INSERT,
    values: [
      runs.map(({ request }) => request.run_id),
      runs.map(({ request }) => request.workspace_id),
      runs.map(({ request }) => request.workflow_id),
      runs.map(({ request }) => request.version),
      runs.map(({ request }) => JSON.stringify(request.payload)),
      runs.map(({ request }) => JSON.stringify(request.trigger)),
      runs.map(({ traceparent }) => traceparent ?? null),
      runs.map(({ request }) => request.created_at),
      runs.map(({ request, timeoutMs }) => request.created_at + timeoutMs),
      runs.map(specialsOf),
      workspaceOf,
      placeOf,
      workspaces,
      WORKSPACE_SHARE,
      runs.map(({ request }) => request.trigger.type),
      runs.map(({ request }) => request.trigger.trigger_id ?? null),
      runs.map(({ request }) => request.trigger.event_id ?? null),
    ],
  });
  return {
    admitted: new Set(rows.filter(({ admitted }) => admitted).map(({ id }) => id)),
    waiting: new Set(rows.filter(({ admitted }) => !admitted).map(({ id }) => id)),
  };
}

/** What most runs have nothing of, as one document; null for a plain run. */
function specialsOf({ request: { parent, body, scope_id }, priority, lane, replayOf }: QueuedRun): string | null {
  if (parent === undefined && !priority && !lane && replayOf === undefined) return null;
  return JSON.stringify({ priority, lane: lane?.name, lane_limit: lane?.limit, parent, body, scope_id, replay_of: replayOf });
}

/**
 * The place of each run among those of its workspace that ask for one here, from 1, the highest priority first; null for a run that
 * is admitted in any case, or never at once. Workspaces are named by their position, from 1.
 */
function dealOut(runs: readonly QueuedRun[]): { workspaces: string[]; workspaceOf: number[]; placeOf: (number | null)[] } {
  const positions = new Map<string, number>();
  const workspaceOf = runs.map(({ request: { workspace_id: id } }) => {
    const position = positions.get(id) ?? positions.size + 1;
    positions.set(id, position);
    return position;
  });
  const asking = runs.map((_, index) => index).filter((index) => asksForPlace(runs[index] as QueuedRun));
  if (runs.some(({ priority }) => priority)) asking.sort((a, b) => (runs[b]?.priority ?? 0) - (runs[a]?.priority ?? 0));
  const given = new Map<number, number>();
  const placeOf = runs.map((): number | null => null);
  for (const index of asking) {
    const workspace = workspaceOf[index] as number;
    const place = (given.get(workspace) ?? 0) + 1;
    given.set(workspace, place);
    placeOf[index] = place;
  }
  return { workspaces: [...positions.keys()], workspaceOf, placeOf };
}

function asksForPlace({ request, lane }: QueuedRun): boolean {
  return !lane && request.parent?.kind !== 'item';
}
