import type pg from 'pg';
import type { RunRequested } from '@flows/contracts';
import { readSql } from '../sql/read-sql.js';

const INSERT = readSql(import.meta.url, './insert-queued-runs.sql');

export interface QueuedRun {
  /** The input that will be published after the commit; the row is made from it. */
  request: RunRequested;
  /** The run's time-out, counted from its creation. */
  timeoutMs: number;
  traceparent?: string;
}

/**
 * Writes the queued rows of accepted runs: from here on they survive the death of any process and of the broker (a sweep
 * publishes what never was). A run that is there already is left as it is.
 * @returns ids of the rows that are new.
 */
export async function insertQueuedRuns(client: pg.ClientBase | pg.Pool, runs: readonly QueuedRun[]): Promise<Set<string>> {
  const result = await client.query<{ id: string }>({
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
    ],
  });
  return new Set(result.rows.map((row) => row.id));
}
