import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Installation, type Workspace } from '../harness/installation.js';
import {
  chain,
  control,
  endOf,
  getRun,
  publishAgain,
  publishFlow,
  runToEnd,
  startRun,
  stepOf,
  untilRun,
} from '../harness/flows.js';
import type { RetryPlanView, RunView } from '../harness/views.js';

/** Runs that go on after their end, and runs that begin anew with an old payload. */
let installation: Installation;
let provider: RecordingProvider;
let workspace: Workspace;

beforeAll(async () => {
  [installation, provider] = await Promise.all([Installation.start(), startRecordingProvider()]);
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});
beforeEach(async () => {
  provider.reset();
  workspace = await installation.createWorkspace();
});

const IDS = ['one', 'two', 'three', 'four'];
const call = (id: string, body: unknown = { n: '${ payload.n }' }) => ({
  id,
  type: 'http',
  method: 'POST',
  url: `${provider.url}/${id}`,
  body,
  retry: { max_attempts: 1 },
});
const fourCalls = () => ({ graph: { steps: IDS.map((id) => call(id)), edges: chain(...IDS) } });
const paths = () => provider.calls.map(({ path }) => path.slice(1));
const keysOf = (step: string) =>
  provider.calls.filter(({ path }) => path === `/${step}`).map(({ idempotencyKey }) => idempotencyKey);
const retry = (id: string, body: object = {}) => control(workspace.client, id, 'retry', body);
const planOf = (id: string, query = '') =>
  workspace.client.need(workspace.client.get<RetryPlanView>(`/flows/runs/${id}/retry-plan${query}`));

/** A run that failed at step three; afterwards the provider is well. */
async function failedAtThree(): Promise<RunView> {
  provider.answer(({ path }) => (path === '/three' ? { status: 400 } : {}));
  const run = await runToEnd(workspace.client, await publishFlow(workspace.client, fourCalls()), { n: 1 });
  expect(run).toMatchObject({ status: 'failed', error: { step_id: 'three' } });
  provider.answer({});
  return run;
}

describe('retry', () => {
  it('goes on from the step that failed, under the same key; what was done is not done again', async () => {
    const { id } = await failedAtThree();
    expect(await retry(id, { reason: 'the provider is well again' })).toMatchObject({ status: 200, body: { id } });
    expect(await endOf(workspace.client, id)).toMatchObject({ status: 'completed', error: null });
    expect(paths()).toEqual(['one', 'two', 'three', 'three', 'four']);
    expect(new Set(keysOf('three')).size).toBe(1);
    const three = await stepOf(workspace.client, id, 'three');
    expect(three.attempts).toMatchObject([
      { number: 1, status: 'failed' },
      { number: 2, status: 'completed' },
    ]);
    expect((await stepOf(workspace.client, id, 'one')).attempts).toHaveLength(1);
  });

  it('from a chosen step begins anew what follows it; effects that are known are not called again', async () => {
    const { id } = await failedAtThree();
    const plan = await planOf(id, '?from_step=two');
    expect(plan).toMatchObject({
      from: ['two'],
      reused: [{ step_id: 'one' }],
      rerun: [{ step_id: 'two' }, { step_id: 'three' }],
      effects: expect.arrayContaining([
        expect.objectContaining({ step_id: 'one', will: 'not_called' }),
        expect.objectContaining({ step_id: 'two', state: 'done', will: 'answered_from_ledger' }),
        expect.objectContaining({ step_id: 'three', state: 'failed', will: 'called_again' }),
      ]),
    });
    await retry(id, { from_step: 'two', plan_hash: plan.hash });
    expect(await endOf(workspace.client, id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual(['one', 'two', 'three', 'three', 'four']);
    expect((await stepOf(workspace.client, id, 'two')).attempts).toHaveLength(2);
  });

  it('with a corrected input sends it under another key', async () => {
    const { id } = await failedAtThree();
    const input = { url: `${provider.url}/three`, headers: {}, body: { n: 2, corrected: true } };
    await retry(id, { from_step: 'three', input });
    expect(await endOf(workspace.client, id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual(['one', 'two', 'three', 'three', 'four']);
    expect(new Set(keysOf('three')).size).toBe(2);
    expect(provider.calls.map(({ body }) => JSON.parse(body) as unknown)[3]).toEqual({ n: 2, corrected: true });
    expect((await stepOf(workspace.client, id, 'three')).input).toMatchObject({ body: { n: 2, corrected: true } });
  });

  it('holds to the plan that was looked at: 409 with the new one when the run has moved', async () => {
    const { id } = await failedAtThree();
    const { hash } = await planOf(id);
    expect(await planOf(id)).toMatchObject({ hash });
    provider.answer(({ path }) => (path === '/three' ? { status: 400 } : {}));
    await retry(id, { plan_hash: hash });
    await untilRun(workspace.client, id, ({ status, error }) => status === 'failed' && error?.attempt === 2);
    const stale = await retry(id, { plan_hash: hash });
    expect(stale).toMatchObject({ status: 409, body: { code: 'plan_changed' } });
    const { hash: fresh } = await planOf(id);
    expect(fresh).not.toBe(hash);
    expect(stale.body).toMatchObject({ plan_hash: fresh });
    provider.answer({});
    expect((await retry(id, { plan_hash: fresh })).status).toBe(200);
    expect(await endOf(workspace.client, id)).toMatchObject({ status: 'completed' });
  });

  it('of 30 senders at once happens once', async () => {
    const { id } = await failedAtThree();
    const answers = await Promise.all(Array.from({ length: 30 }, () => retry(id)));
    for (const { status } of answers) expect([200, 202, 409]).toContain(status);
    expect(await endOf(workspace.client, id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual(['one', 'two', 'three', 'three', 'four']);
  });

  it.each([
    ['cancelled', {}],
    ['timed_out', { timeout: '4s' }],
  ])('lets a run that was %s go on, though a call of its last life hangs', async (status, settings) => {
    const { client } = workspace;
    provider.answer(({ path }) => (path === '/two' ? { hang: true } : {}));
    const { id } = await startRun(client, await publishFlow(client, { ...fourCalls(), settings }), { n: 1 });
    await untilRun(client, id, () => paths().includes('two'));
    if (status === 'cancelled') await control(client, id, 'cancel');
    expect(await endOf(client, id)).toMatchObject({ status });
    provider.answer({});
    expect((await retry(id)).status).toBe(200);
    expect(await endOf(client, id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual(['one', 'two', 'two', 'three', 'four']);
    expect(new Set(keysOf('two')).size).toBe(1);
    // The call that hung was given up: nobody waits for it any more.
    expect(provider.calls[1]?.abandonedAt).not.toBeNull();
  });

  it('is refused for runs that go on or went well, and for steps that are not there', async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, { graph: { steps: [{ id: 'nap', type: 'wait', for: '1h' }], edges: [] } });
    const { id } = await startRun(client, workflow);
    const waiting = await untilRun(client, id, ({ status }) => status === 'waiting');
    expect(await retry(waiting.id)).toMatchObject({ status: 409, body: { code: 'run_state_conflict', run_status: 'waiting' } });
    const done = await runToEnd(client, await publishFlow(client, fourCalls()), { n: 1 });
    expect(await retry(done.id)).toMatchObject({ status: 409, body: { run_status: 'completed' } });
    const failed = await failedAtThree();
    expect(await retry(failed.id, { from_step: 'four' })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'not_begun' }] },
    });
    expect(await retry(failed.id, { from_step: 'nine' })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'unknown_step' }] },
    });
  });

  it('of a loop keeps the items that are done', async () => {
    const { client } = workspace;
    provider.answer(({ path }) => (path === '/item/2' ? { status: 400 } : {}));
    const step = { id: 'call', type: 'http', method: 'POST', url: `${provider.url}/item/\${ item }`, retry: { max_attempts: 1 } };
    const loop = { id: 'loop', type: 'foreach', items: 'payload.items', concurrency: 1, graph: { steps: [step], edges: [] } };
    const run = await runToEnd(client, await publishFlow(client, { graph: { steps: [loop], edges: [] } }), {
      items: [0, 1, 2, 3],
    });
    expect(run.status).toBe('failed');
    provider.answer({});
    await retry(run.id);
    expect(await endOf(client, run.id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual(['item/0', 'item/1', 'item/2', 'item/2', 'item/3']);
    expect(new Set(keysOf('item/2')).size).toBe(1);
  });
});

describe('replay', () => {
  it('starts a new run with the old payload, on the same version or the current one', async () => {
    const { client } = workspace;
    const say = (by: string) => ({ steps: [{ id: 'say', type: 'transform', output: { by, n: '${ payload.n }' } }], edges: [] });
    const workflow = await publishFlow(client, { graph: say('v1') });
    const old = await runToEnd(client, workflow, { n: 9 });
    await publishAgain(client, workflow, say('v2'));
    for (const [version, number] of [
      ['same', 1],
      ['current', 2],
    ] as const) {
      const answer = await control(client, old.id, 'replay', { version });
      expect(answer).toMatchObject({ status: 202, body: { replay_of: old.id, trigger: { type: 'replay' } } });
      expect(await endOf(client, answer.body.id)).toMatchObject({
        status: 'completed',
        version: number,
        replay_of: old.id,
        output: { by: `v${number}`, n: 9 },
      });
    }
    expect(await getRun(client, old.id)).toMatchObject({ status: 'completed', output: { by: 'v1' }, replay_of: null });
  });

  it('does everything again, under other keys', async () => {
    const { client } = workspace;
    const first = await runToEnd(client, await publishFlow(client, fourCalls()), { n: 1 });
    const { body } = await control(client, first.id, 'replay');
    await endOf(client, body.id);
    expect(paths()).toEqual([...IDS, ...IDS]);
    expect(new Set(provider.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(8);
  });
});
