import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypeId } from '@flows/contracts';
import { WORKSPACE_SHARE } from '@flows/postgres';
import { publishWorkflow } from '../../test/published-workflow.js';
import type { TestAnswer } from '../../test/test-client.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';

/** What the acceptor decides about a run's start, and what a queued run says of its wait. No orchestrator runs here. */
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway('gateway-admission');
}, 120_000);
afterAll(() => gateway.close(), 30_000);

const uuidOf = (id: unknown) => fromTypeId('run', String(id)) ?? '';
const rowOf = async (id: unknown) =>
  (await gateway.database.query<Record<string, unknown>>('select * from runs where id = $1', [uuidOf(id)]))[0];
const admit = (id: unknown, status: string) =>
  gateway.database.query('update runs set admitted_at = now(), status = $2, waiting_for = null where id = $1', [
    uuidOf(id),
    status,
  ]);

async function starter(settings?: object): Promise<{ workspace: TestWorkspace; start: (body?: object) => Promise<TestAnswer> }> {
  const workspace = await gateway.createWorkspace();
  const id = await publishWorkflow(workspace, settings === undefined ? {} : { settings });
  return { workspace, start: (body = {}) => workspace.client.post(`/api/v1/flows/workflows/${id}/runs`, body) };
}
const waitingOf = async (workspace: TestWorkspace, run: { links: { self: string } }) =>
  (await workspace.client.get(run.links.self)).json['waiting'];

describe('a run of a workflow without limits', () => {
  it('starts at once and waits for nothing', async () => {
    const { workspace, start } = await starter({ priority: 4 });
    const { status, json } = await start({ payload: { n: 1 } });
    expect([status, json.waiting_for, json.waiting]).toEqual([202, null, null]);
    expect(await waitingOf(workspace, json)).toBeNull();
    expect(await rowOf(json.id)).toMatchObject({ admitted_at: expect.any(Date), priority: 4, lane: null });
  });

  it('takes the priority that the request gives, within its bounds', async () => {
    const { start } = await starter({ priority: 4 });
    expect(await rowOf((await start({ priority: -100 })).json.id)).toMatchObject({ priority: -100 });
    const refused = await start({ priority: 101 });
    expect([refused.status, refused.json.code]).toEqual([422, 'validation_failed']);
  });

  it("beyond its workspace's share is queued, and says so", async () => {
    const { workspace, start } = await starter();
    const first = (await start()).json;
    await gateway.database.query(
      `insert into runs (id, workspace_id, workflow_id, version, status, payload, trigger_type, trigger, expires_at, admitted_at)
       select gen_random_uuid(), workspace_id, workflow_id, 1, 'running', '{}', 'api', '{}', now() + interval '1 day', now()
       from runs, generate_series(1, $2) where id = $1`,
      [uuidOf(first.id), WORKSPACE_SHARE],
    );
    const [, second, third] = [first, (await start()).json, (await start()).json];
    expect(second).toMatchObject({
      status: 'queued',
      waiting_for: 'capacity',
      waiting: { for: 'capacity', since: second.created_at },
    });
    expect(await waitingOf(workspace, third)).toEqual({
      for: 'capacity',
      since: third.created_at,
      reason: `The workspace has ${WORKSPACE_SHARE + 1} runs under way, and its share of a busy installation is ${WORKSPACE_SHARE}; 1 queued before this one`,
      detail: {
        limit: 'workspace_share',
        max: WORKSPACE_SHARE,
        under_way: WORKSPACE_SHARE + 1,
        ahead: 1,
        ahead_is_minimum: false,
      },
    });
    const { items } = (await workspace.client.get('/api/v1/flows/runs?waiting_for=capacity')).json;
    expect(items.map(({ id }: { id: string }) => id)).toEqual([third.id, second.id]);
  });
});

describe('a run of a workflow that limits its concurrency', () => {
  it('waits in the lane of its key, with those before it counted by priority and age', async () => {
    const { workspace, start } = await starter({ concurrency: { limit: 2, key: '${ payload.company }' } });
    const startAt = async (company: string, priority = 0) => (await start({ payload: { company }, priority })).json;
    const [held, other] = [await startAt('acme'), await startAt('acme')];
    await admit(held.id, 'waiting');
    await admit(other.id, 'paused');
    const low = await startAt('acme', -1);
    const late = await startAt('acme');
    const elsewhere = await startAt('beta');
    expect(await rowOf(low.id)).toMatchObject({
      lane_limit: 2,
      lane: expect.stringMatching(/^[0-9a-f-]{36}:acme$/),
      admitted_at: null,
    });
    expect(await waitingOf(workspace, low)).toMatchObject({
      for: 'capacity',
      since: low.created_at,
      reason: 'The workflow runs at most 2 at a time with the key "acme", and 2 are under way; 1 queued before this one',
      detail: { limit: 'workflow_concurrency', key: 'acme', max: 2, under_way: 2, ahead: 1, ahead_is_minimum: false },
    });
    expect((await waitingOf(workspace, late)).detail).toMatchObject({ ahead: 0 });
    expect(await waitingOf(workspace, elsewhere)).toMatchObject({
      reason: expect.stringContaining('next places'),
      detail: { limit: 'workspace_share', under_way: 0, ahead: 1 },
    });
    await admit(low.id, 'queued');
    expect(await waitingOf(workspace, low)).toBeNull();
  });

  it('counts long queues up to a thousand', async () => {
    const { workspace, start } = await starter({ concurrency: { limit: 1 } });
    const held = (await start()).json;
    await gateway.database.query(
      `insert into runs (id, workspace_id, workflow_id, version, payload, trigger_type, trigger, expires_at, created_at, waiting_for, lane, lane_limit)
       select gen_random_uuid(), workspace_id, workflow_id, 1, '{}', 'api', '{}', now() + interval '1 day', created_at, 'capacity', lane, 1
       from runs, generate_series(1, 1200) where id = $1`,
      [uuidOf(held.id)],
    );
    await admit(held.id, 'running');
    expect(await waitingOf(workspace, (await start()).json)).toMatchObject({
      reason: 'The workflow runs at most 1 at a time, and 1 are under way; more than 1000 queued before this one',
      detail: { key: null, ahead: 1000, ahead_is_minimum: true },
    });
  });

  it('is refused when its key cannot be found', async () => {
    const { start } = await starter({ concurrency: { limit: 1, key: '${ payload.company.id }' } });
    const { status, json } = await start({ payload: {} });
    expect([status, json.code, json.detail]).toEqual([422, 'concurrency_key_failed', expect.stringContaining('payload.company')]);
  });
});
