import { fromTypeId, runInputMessage, type JsonValue } from '@flows/contracts';
import { createPool, insertQueuedRuns, type QueuedRun } from '@flows/postgres';
import { v7 as uuid } from 'uuid';
import type { Installation } from './installation.js';

const BATCH = 1_000;
const A_DAY_MS = 86_400_000;

export interface Flood {
  workspaceId: string;
  workflowId: string;
  runs: number;
  payload?: JsonValue;
  laneOf?(index: number): { key: string; limit: number };
}

/** Accepts many runs faster than REST could: their rows by the code that the acceptors use, the requests of the admitted ones on Kafka. */
export async function flood(
  installation: Installation,
  { workspaceId, workflowId, runs, payload = {}, laneOf }: Flood,
): Promise<void> {
  const [workspace, workflow] = [fromTypeId('ws', workspaceId) ?? '', fromTypeId('wf', workflowId) ?? ''];
  const pool = createPool({
    url: installation.database.url,
    role: 'engine',
    max: 1,
    applicationName: 'flood',
    onError: () => undefined,
  });
  const one = (index: number): QueuedRun => {
    const [id, now, lane] = [uuid(), Date.now(), laneOf?.(index)];
    const trigger = { type: 'api', actor: 'flood' } as const;
    const about = { run_id: id, workspace_id: workspace, workflow_id: workflow, version: 1, at: now, created_at: now };
    return {
      request: { type: 'run.requested', id: `req:${id}`, ...about, payload, trigger },
      timeoutMs: A_DAY_MS,
      lane: lane === undefined ? null : { name: `${workflow}:${lane.key}`, limit: lane.limit },
    };
  };
  try {
    for (let from = 0; from < runs; from += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, runs - from) }, (_, index) => one(from + index));
      const { admitted } = await insertQueuedRuns(pool, batch);
      const starting = batch.map(({ request }) => request).filter(({ run_id: id }) => admitted.has(id));
      await installation.producer.publish(starting.map((request) => runInputMessage(installation.topics, request, '/tests')));
    }
  } finally {
    await pool.end();
  }
}
