import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunRequested } from '@flows/contracts';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { createPool } from '../pool/create-pool.js';
import { insertQueuedRuns, type QueuedRun } from './insert-queued-runs.js';
import { toRunRequested, type RunRequestRow } from './run-request.row.js';
import { WORKSPACE_SHARE } from './workspace-share.js';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createTestDatabase({ label: 'intake' });
  pool = createPool({ url: database.url, role: 'engine', max: 8, applicationName: 'test', onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

function runOf(workspaceId: string, more: Partial<QueuedRun> = {}, request: Partial<RunRequested> = {}): QueuedRun {
  const id = uuid();
  return {
    request: {
      type: 'run.requested',
      id: `req:${id}`,
      run_id: id,
      workspace_id: workspaceId,
      at: 1_764_000_000_000,
      workflow_id: uuid(),
      version: 3,
      payload: { a: ['ä', null] },
      trigger: { type: 'crm_event', trigger_id: uuid(), event_id: 'e"1', event: { id: 'e"1' } },
      created_at: 1_764_000_000_123,
      ...request,
    },
    timeoutMs: 60_000,
    ...more,
  };
}
const runsOf = (workspaceId: string, count: number, more: Partial<QueuedRun> = {}) =>
  Array.from({ length: count }, () => runOf(workspaceId, more));
const row = async (id: string) => (await database.query<pg.QueryResultRow>('select * from runs where id = $1', [id]))[0];

describe('insertQueuedRuns', () => {
  it('writes a run with all that its request says, admitted where nobody is before it', async () => {
    const run = runOf(uuid(), { traceparent: 't', priority: 5, replayOf: uuid() });
    expect(await insertQueuedRuns(pool, [run])).toEqual({ admitted: new Set([run.request.run_id]), waiting: new Set() });
    const { request } = run;
    expect(await row(request.run_id)).toMatchObject({
      workspace_id: request.workspace_id,
      workflow_id: request.workflow_id,
      version: 3,
      status: 'queued',
      payload: request.payload,
      trigger: request.trigger,
      trigger_type: 'crm_event',
      trigger_id: request.trigger.trigger_id,
      event_id: 'e"1',
      traceparent: 't',
      priority: 5,
      replay_of: run.replayOf,
      lane: null,
      depth: 0,
      admitted_at: expect.any(Date),
      waiting_for: null,
      created_at: new Date(1_764_000_000_123),
      expires_at: new Date(1_764_000_060_123),
    });
    expect(await insertQueuedRuns(pool, [run])).toEqual({ admitted: new Set(), waiting: new Set() });
  });

  it('keeps parent, body and scope, from which the request can be made again', async () => {
    const parent = { run_id: uuid(), step_id: 'each', kind: 'item', index: 7, depth: 2 } as const;
    const item = runOf(uuid(), {}, { parent, body: ['each', 'in "it"'], scope_id: uuid() });
    const flow = runOf(uuid(), {}, { parent: { run_id: uuid(), step_id: 'call', kind: 'flow', depth: 1 } });
    await insertQueuedRuns(pool, [item, flow]);
    for (const { request } of [item, flow]) {
      const [stored] = await database.query<RunRequestRow & pg.QueryResultRow>(
        `select id as run_id, workspace_id, workflow_id, version, payload, trigger, parent_run_id, parent_step_id, item_index, depth, body,
                scope_id, (extract(epoch from created_at) * 1000)::float8 as created_at from runs where id = $1`,
        [request.run_id],
      );
      expect(toRunRequested(stored as RunRequestRow, request.at)).toEqual(request);
    }
  });

  it("admits up to the workspace's share, over one statement and over several, the higher priority first", async () => {
    const workspaceId = uuid();
    const first = await insertQueuedRuns(pool, runsOf(workspaceId, WORKSPACE_SHARE - 2));
    expect([first.admitted.size, first.waiting.size]).toEqual([WORKSPACE_SHARE - 2, 0]);
    const urgent = runsOf(workspaceId, 2, { priority: 1 });
    const other = runsOf(uuid(), 3);
    const ordinary = runsOf(workspaceId, 3);
    const second = await insertQueuedRuns(pool, [...ordinary, ...other, ...urgent]);
    expect(second.admitted).toEqual(new Set([...other, ...urgent].map(({ request }) => request.run_id)));
    expect(second.waiting).toEqual(new Set(ordinary.map(({ request }) => request.run_id)));
    expect(await row(ordinary[0]?.request.run_id ?? '')).toMatchObject({
      status: 'queued',
      admitted_at: null,
      waiting_for: 'capacity',
      waiting_since: new Date(1_764_000_000_123),
    });
    await database.query("update runs set status = 'completed' where id = any ($1)", [[...first.admitted]]);
    expect((await insertQueuedRuns(pool, runsOf(workspaceId, 1))).admitted.size).toBe(1);
  });

  it('counts what waits as well: nobody overtakes a backlog', async () => {
    const workspaceId = uuid();
    await insertQueuedRuns(pool, runsOf(workspaceId, WORKSPACE_SHARE, { lane: { name: 'l', limit: 1 } }));
    expect((await insertQueuedRuns(pool, runsOf(workspaceId, 1))).admitted.size).toBe(0);
  });

  it('leaves a run with a lane to the admitter, and always admits an item', async () => {
    const workspaceId = uuid();
    const laned = runOf(workspaceId, { lane: { name: 'l:k', limit: 4 } });
    const items = Array.from({ length: WORKSPACE_SHARE + 5 }, (_, index) =>
      runOf(workspaceId, {}, { parent: { run_id: uuid(), step_id: 's', kind: 'item', index, depth: 1 }, body: ['s'] }),
    );
    const { admitted, waiting } = await insertQueuedRuns(pool, [laned, ...items]);
    expect(admitted.size).toBe(items.length);
    expect(waiting).toEqual(new Set([laned.request.run_id]));
    expect(await row(laned.request.run_id)).toMatchObject({ lane: 'l:k', lane_limit: 4 });
  });

  it('as a request sees it: only its own workspace, under row-level security', async () => {
    const workspaceId = uuid();
    const app = createPool({ url: database.url, role: 'app', max: 1, applicationName: 'test', onError: () => undefined });
    const client = await app.connect();
    try {
      await client.query('begin');
      await client.query("select set_config('app.workspace_id', $1, true)", [workspaceId]);
      const { admitted, waiting } = await insertQueuedRuns(client, runsOf(workspaceId, WORKSPACE_SHARE + 1));
      expect([admitted.size, waiting.size]).toEqual([WORKSPACE_SHARE, 1]);
      await client.query('commit');
    } finally {
      client.release();
      await app.end();
    }
  });
});
