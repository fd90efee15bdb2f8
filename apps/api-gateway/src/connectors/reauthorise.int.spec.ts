import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypeId } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';
import { insertRuns } from '../../test/stored-run.js';
import { watchRunInputs, type WatchedInputs } from '../../test/watch-run-inputs.js';

const CONNECTIONS = '/api/v1/connectors/connections';
let gateway: TestGateway;
let workspace: TestWorkspace;
let inputs: WatchedInputs;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-reauthorise');
  workspace = await gateway.createWorkspace();
  inputs = await watchRunInputs(gateway);
}, 120_000);
afterAll(async () => {
  await inputs.close();
  await gateway.close();
});

const create = async (body: object) => (await workspace.client.post(CONNECTIONS, { provider: 'noop', ...body })).json;

describe('a connection that works again', () => {
  it.each(['POST', 'PATCH'])('lets the runs that wait for it go on, items of loops too (%s)', async (how) => {
    const workflow = await publishWorkflow(workspace);
    const waiting = await insertRuns(gateway, workspace.id, workflow, 'waiting', 3);
    await gateway.database.query("update runs set waiting_for = 'reauth' where id = any ($1)", [waiting]);
    await gateway.database.query("update runs set parent_run_id = $2, parent_step_id = 'e', item_index = 0 where id = $1", [
      waiting[2],
      waiting[0],
    ]);
    const [running = ''] = await insertRuns(gateway, workspace.id, workflow, 'running', 1);
    const [timer = ''] = await insertRuns(gateway, workspace.id, workflow, 'waiting', 1);
    await gateway.database.query("update runs set waiting_for = 'timer' where id = $1", [timer]);
    const other = await gateway.createWorkspace();
    const [theirs = ''] = await insertRuns(gateway, other.id, workflow, 'running', 1);

    const { id } = await create({ name: `crm-${how.toLowerCase()}` });
    await gateway.database.query("update connections set status = 'needs_reauth' where id = $1", [fromTypeId('conn', id)]);
    const answer =
      how === 'POST'
        ? await workspace.client.post(`${CONNECTIONS}/${id}/reauthorise`, { config: { region: 'eu' } })
        : await workspace.client.patch(`${CONNECTIONS}/${id}`, { status: 'connected', config: { region: 'eu' } });
    expect([answer.status, answer.json.status, answer.json.config]).toEqual([200, 'connected', { region: 'eu' }]);
    for (const run of [...waiting, running])
      expect(await inputs.next(run, 'control.resume')).toMatchObject({
        reason: expect.stringContaining('connected again'),
        // A run that somebody paused meanwhile stays paused.
        only: 'reauth',
      });
    await eventually(async () => {
      const { json } = await workspace.client.get('/api/v1/flows/runs/bulk');
      expect(json.items[0].options).toEqual({ reason: expect.any(String) });
      return json.items.every(({ status }: { status: string }) => status === 'completed');
    });
    for (const run of [timer, theirs]) expect(inputs.of(run)).toEqual([]);
    await gateway.database.query("update runs set status = 'completed', waiting_for = null");
  });

  it('is said by a person only; what a provider says is not theirs to say', async () => {
    const { id } = await create({ name: 'mail' });
    expect((await workspace.client.patch(`${CONNECTIONS}/${id}`, { status: 'needs_reauth' })).status).toBe(422);
    expect((await workspace.client.patch(`${CONNECTIONS}/${id}`, { status: 'disabled' })).json.status).toBe('disabled');
    const other = await gateway.createWorkspace();
    expect((await other.client.post(`${CONNECTIONS}/${id}/reauthorise`)).status).toBe(404);
  });
});

describe('limits of a connection', () => {
  it('are set, changed and taken away', async () => {
    const connection = await create({ name: 'limited', rate_limit: { limit: 10, per: '1s' }, concurrency: 4 });
    expect(connection).toMatchObject({ rate_limit: { limit: 10, per: '1s' }, concurrency: 4 });
    expect((await workspace.client.get(`${CONNECTIONS}/${connection.id}`)).json).toEqual(connection);
    const [row] = await gateway.database.query('select rate_limit, concurrency from connections where id = $1', [
      fromTypeId('conn', connection.id),
    ]);
    expect(row).toEqual({ rate_limit: { limit: 10, per: '1s' }, concurrency: 4 });
    const patched = (await workspace.client.patch(`${CONNECTIONS}/${connection.id}`, { rate_limit: null, concurrency: 2 })).json;
    expect(patched).toMatchObject({ rate_limit: null, concurrency: 2 });
    const [after] = await gateway.database.query('select rate_limit is null as gone from connections where id = $1', [
      fromTypeId('conn', connection.id),
    ]);
    expect(after).toEqual({ gone: true });
    expect(await create({ name: 'free' })).toMatchObject({ rate_limit: null, concurrency: null });
  });

  it('are checked', async () => {
    for (const rate_limit of [
      { limit: 0, per: '1s' },
      { limit: 1, per: '2d' },
      { limit: 1, per: 'soon' },
      { limit: 1, per: '1s', x: 1 },
      5,
    ])
      expect((await workspace.client.post(CONNECTIONS, { name: 'x', provider: 'noop', rate_limit })).json.errors).toMatchObject([
        { pointer: '#/rate_limit', code: 'rate_limit' },
      ]);
    expect((await workspace.client.post(CONNECTIONS, { name: 'x', provider: 'noop', concurrency: 0 })).status).toBe(422);
  });
});
