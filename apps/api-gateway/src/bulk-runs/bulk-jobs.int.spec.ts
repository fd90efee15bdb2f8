import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypeId, toTypeId } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';
import { insertRuns, runIdOf } from '../../test/stored-run.js';
import { watchRunInputs, type WatchedInputs } from '../../test/watch-run-inputs.js';
import { BulkJobsRepository } from './bulk-jobs.repository.js';
import { BulkPagePerformer, PAGE_SIZE } from './bulk-page.performer.js';

const BULK = '/api/v1/flows/runs/bulk';
let gateway: TestGateway;
let inputs: WatchedInputs;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-bulk');
  inputs = await watchRunInputs(gateway);
}, 120_000);
afterAll(async () => {
  await inputs.close();
  await gateway.close();
});

async function newWorkspace(): Promise<{ workspace: TestWorkspace; workflow: string }> {
  const workspace = await gateway.createWorkspace();
  return { workspace, workflow: await publishWorkflow(workspace) };
}
const told = (ids: readonly string[], type: string) =>
  inputs.all.filter(({ input }) => input.type === type && ids.includes(input.run_id)).map(({ input }) => input);
async function ended({ client }: TestWorkspace, id: string) {
  return eventually(async () => {
    const { json } = await client.get(`${BULK}/${id}`);
    return json.status !== 'running' && json;
  });
}
describe('a bulk job', () => {
  it('refuses to pause a cleanup, as a single call does', async () => {
    const { workspace, workflow } = await newWorkspace();
    const [cleaning = '', other = ''] = await insertRuns(gateway, workspace.id, workflow, 'running', 2);
    await gateway.database.query('update runs set cancel_requested_at = now() where id = $1', [cleaning]);
    await gateway.database.query(
      `insert into run_facts (run_id, seq, workspace_id, type, at, data, caused_by) values ($1, 3, $2, 'run.cancelling', now(), '{}', 'x')`,
      [cleaning, fromTypeId('ws', workspace.id)],
    );
    const { id } = (await workspace.client.post(BULK, { action: 'pause', filter: { workflow_id: workflow } })).json;
    expect(await ended(workspace, id)).toMatchObject({
      done: 1,
      refused: 1,
      last_refusals: [{ run_id: runIdOf(cleaning), message: expect.stringContaining('being cancelled') }],
    });
    await eventually(() => told([other], 'control.pause').length === 1);
    expect(told([cleaning], 'control.pause')).toEqual([]);
  });

  it('tells every run that the filter finds, page after page, and counts', async () => {
    const { workspace, workflow } = await newWorkspace();
    const running = await insertRuns(gateway, workspace.id, workflow, 'running', PAGE_SIZE + 30);
    const completed = await insertRuns(gateway, workspace.id, workflow, 'completed', 5);
    const answer = await workspace.client.post(BULK, {
      action: 'pause',
      filter: { workflow_id: workflow, status: ['running', 'completed'] },
      options: { reason: 'maintenance' },
    });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ action: 'pause', status: 'running', total: PAGE_SIZE + 35, done: 0, refused: 0 });
    expect(answer.headers['location']).toBe(`${BULK}/${answer.json.id}`);
    const job = await ended(workspace, answer.json.id);
    expect(job).toMatchObject({ status: 'completed', done: PAGE_SIZE + 30, refused: 5, ended_at: expect.any(String) });
    expect(job.last_refusals).toHaveLength(5);
    expect(job.last_refusals[0]).toMatchObject({ code: 'run_state_conflict', message: expect.stringContaining('completed') });
    expect(completed.map(runIdOf)).toContain(job.last_refusals[0].run_id);
    await eventually(() => told(running, 'control.pause').length >= running.length);
    expect(new Set(told(running, 'control.pause').map(({ run_id }) => run_id)).size).toBe(running.length);
    expect(told(running, 'control.pause')[0]).toMatchObject({ reason: 'maintenance' });
    expect(told(completed, 'control.pause')).toEqual([]);
    expect((await workspace.client.get(BULK)).json).toMatchObject({ total: 1, items: [{ id: job.id }] });
  });

  it('leaves alone what other filters, other workspaces and items of loops are', async () => {
    const { workspace, workflow } = await newWorkspace();
    const other = await newWorkspace();
    const theirs = await insertRuns(gateway, other.workspace.id, other.workflow, 'running', 3);
    const [mine = '', item = ''] = await insertRuns(gateway, workspace.id, workflow, 'running', 2);
    await gateway.database.query("update runs set parent_run_id = $2, parent_step_id = 'loop', item_index = 0 where id = $1", [
      item,
      mine,
    ]);
    const { json } = await workspace.client.post(BULK, { action: 'cancel', filter: {} });
    expect(await ended(workspace, json.id)).toMatchObject({ total: 1, done: 1 });
    await eventually(() => told([mine], 'control.cancel').length === 1);
    expect(told([...theirs, item], 'control.cancel')).toEqual([]);
    expect((await other.workspace.client.get(`${BULK}/${json.id}`)).status).toBe(404);
    expect((await other.workspace.client.post(`${BULK}/${json.id}/stop`)).status).toBe(404);
    expect((await other.workspace.client.get(BULK)).json.total).toBe(0);
  });

  it('retries what failed', async () => {
    const { workspace, workflow } = await newWorkspace();
    const failed = await insertRuns(gateway, workspace.id, workflow, 'failed', 4);
    const { json } = await workspace.client.post(BULK, {
      action: 'retry',
      filter: { status: 'failed' },
      options: { from_step: 'first' },
    });
    expect(json.filter).toEqual({ status: ['failed'] });
    await ended(workspace, json.id);
    await eventually(() => told(failed, 'control.retry').length === 4);
    expect(told(failed, 'control.retry')[0]).toMatchObject({ from_step: 'first', expected_seq: 3 });
  });

  it('replays each run once, however often its page is done', async () => {
    const { workspace, workflow } = await newWorkspace();
    await insertRuns(gateway, workspace.id, workflow, 'completed', 60);
    const { json } = await workspace.client.post(BULK, { action: 'replay', filter: { status: 'completed' } });
    await ended(workspace, json.id);
    const again = async () => {
      await gateway.database.query(
        "update bulk_jobs set status = 'running', cursor = null, done = 0, ended_at = null where id = $1",
        [fromTypeId('blk', json.id)],
      );
      return ended(workspace, json.id);
    };
    expect(await again()).toMatchObject({ done: 60, refused: 0 });
    const rows = await gateway.database.query<{ count: number; originals: number }>(
      "select count(*)::int as count, count(distinct replay_of)::int as originals from runs where workspace_id = $1 and trigger_type = 'replay'",
      [fromTypeId('ws', workspace.id)],
    );
    expect(rows).toEqual([{ count: 60, originals: 60 }]);
  });

  it('can be stopped, and is asked for once per idempotency key', async () => {
    const { workspace, workflow } = await newWorkspace();
    await insertRuns(gateway, workspace.id, workflow, 'running', 3);
    const body = { action: 'pause', filter: {} };
    const [first, second] = [
      await workspace.client.post(BULK, body, { 'idempotency-key': 'b' }),
      await workspace.client.post(BULK, body, { 'idempotency-key': 'b' }),
    ];
    expect(second?.text).toBe(first?.text);
    await ended(workspace, first?.json.id);
    expect((await workspace.client.post(`${BULK}/${first?.json.id}/stop`)).json.status).toBe('completed');
    const [row] = await gateway.database.query<{ id: string }>(
      "insert into bulk_jobs (id, workspace_id, action, filter, actor, stop_requested) values (gen_random_uuid(), $1, 'pause', '{}', 'x', true) returning id",
      [fromTypeId('ws', workspace.id)],
    );
    expect(await ended(workspace, toTypeId('blk', row?.id ?? ''))).toMatchObject({
      status: 'stopped',
      done: 0,
      stop_requested: true,
    });
  });

  it('is refused with the place of every mistake', async () => {
    const { workspace } = await newWorkspace();
    const errorsOf = async (body: object) =>
      (await workspace.client.post(BULK, body)).json.errors.map(({ pointer }: { pointer: string }) => pointer).sort();
    expect(await errorsOf({})).toEqual(['#/action', '#/filter']);
    expect(await errorsOf({ action: 'explode', filter: { status: 'done', limit: 3, colour: 1 } })).toEqual([
      '#/action',
      '#/filter/colour',
      '#/filter/limit',
      '#/filter/status',
    ]);
    expect(await errorsOf({ action: 'pause', filter: {}, options: { version: 'same', why: 1 } })).toEqual(['#/options/why']);
    expect(await errorsOf({ action: 'pause', filter: {}, options: { version: 'same' } })).toEqual(['#/options/version']);
    expect(await errorsOf({ action: 'replay', filter: {}, options: { version: 'new' } })).toEqual(['#/options/version']);
  });
});

describe('a gateway that dies in the middle of a page', () => {
  it('leaves it to another one, which repeats nothing and counts each run once', async () => {
    const { workspace, workflow } = await newWorkspace();
    const failed = await insertRuns(gateway, workspace.id, workflow, 'failed', 10);
    const jobs = gateway.app.get(BulkJobsRepository);
    // Made by hand and claimed before the gateway's own worker sees it.
    const id = '0193a000-0000-7000-8000-00000000b01c';
    await gateway.database.query(
      `insert into bulk_jobs (id, workspace_id, action, filter, actor, total, claimed_until) values ($1, $2, 'retry', '{"status":["failed"]}', 'ops', 10, now() + interval '3 seconds')`,
      [id, fromTypeId('ws', workspace.id)],
    );
    const [job] = await gateway.database.query<never>('select *, claimed_until::text as claim from bulk_jobs where id = $1', [
      id,
    ]);
    const outcome = await gateway.app.get(BulkPagePerformer).perform(job as never);
    expect(outcome).toMatchObject({ done: 10 });
    await eventually(() => told(failed, 'control.retry').length === 10);
    // The runs follow, and some fail again; the gateway has died before it could note the page.
    for (const [index, run] of failed.entries()) {
      await gateway.database.query(
        "insert into run_facts (run_id, seq, workspace_id, type, at, data, caused_by) values ($1, 4, $2, 'run.retried', now(), '{}', $3)",
        [run, fromTypeId('ws', workspace.id), `ctl:retry:${run}:${id}`],
      );
      if (index % 2 === 0) await gateway.database.query("update runs set status = 'running', seq = 4 where id = $1", [run]);
      else await gateway.database.query('update runs set seq = 9 where id = $1', [run]);
    }
    const done = await eventually(
      async () => {
        const { json } = await workspace.client.get(`${BULK}/${toTypeId('blk', id)}`);
        return json.status === 'completed' && json;
      },
      { timeoutMs: 20_000 },
    );
    // Half of them match the filter no more: they were told, and are counted. Nobody is told twice.
    expect(done).toMatchObject({ refused: 0, total: 10, done: 10 });
    expect(told(failed, 'control.retry')).toHaveLength(10);
    // The first one comes back from the dead: its note is refused.
    expect(await jobs.advance(job as never, outcome as never)).toBe(false);
    expect((await workspace.client.get(`${BULK}/${toTypeId('blk', id)}`)).json.done).toBe(10);
  }, 40_000);
});
