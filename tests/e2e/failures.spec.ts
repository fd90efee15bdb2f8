import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordedCall, type RecordingProvider } from '@flows/testkit';
import { Installation, type Workspace } from '../harness/installation.js';
import { chain, publishFlow, runToEnd, stepOf, stepsOf } from '../harness/flows.js';

/** Steps that fail: the run halts, tries again by its policy, or takes the fallback (acceptance rows 15, 16, 17). */
let installation: Installation;
let provider: RecordingProvider;
let workspace: Workspace;

beforeAll(async () => {
  [installation, provider] = await Promise.all([Installation.start(), startRecordingProvider()]);
  workspace = await installation.createWorkspace();
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});
beforeEach(() => provider.reset());

const call = (id: string, more: object = {}) => ({
  id,
  type: 'http',
  method: 'POST',
  url: `${provider.url}/${id}`,
  body: { of: '${ payload.name }' },
  ...more,
});
const paths = () => provider.calls.map(({ path }) => path);
const gaps = (calls: readonly RecordedCall[]) =>
  calls.slice(1).map(({ receivedAt }, index) => receivedAt - (calls[index]?.receivedAt ?? 0));

/** A flow of the one step, run once. */
async function runOne(step: object) {
  const workflow = await publishFlow(workspace.client, { graph: { steps: [step], edges: [] } });
  const run = await runToEnd(workspace.client, workflow, { name: 'Ada' });
  return { run, step: await stepOf(workspace.client, run.id, 'call') };
}
const policy = { initial_interval: '200ms', backoff: 2, max_interval: '1s', jitter: false };
/** What a waiting attempt may be late by: a look at the timers, a batch, an executor, on a busy machine. */
const LATE_MS = 900;

describe('a step that fails for good', () => {
  it('halts the run there: later steps never begin, and the error says what happened where', async () => {
    provider.answer(({ path }) => (path === '/three' ? { status: 422, body: { code: 'bad_lead', detail: 'no such lead' } } : {}));
    const ids = ['one', 'two', 'three', 'four', 'five'];
    const graph = { steps: ids.map((id) => call(id)), edges: chain(...ids) };
    const workflow = await publishFlow(workspace.client, { graph });
    const run = await runToEnd(workspace.client, workflow, { name: 'Ada' });

    expect(run).toMatchObject({
      status: 'failed',
      via_fallback: false,
      error: { code: 'provider_refused', class: 'non_retryable', step_id: 'three', attempt: 1 },
    });
    expect(run.error?.message).toContain('no such lead');
    const steps = await stepsOf(workspace.client, run.id);
    expect(steps.map(({ step_id, status }) => [step_id, status])).toEqual([
      ['one', 'completed'],
      ['two', 'completed'],
      ['three', 'failed'],
    ]);
    expect(steps[2]?.error).toMatchObject({ code: 'provider_refused', class: 'non_retryable' });
    expect(paths()).toEqual(['/one', '/two', '/three']);
  });

  it('lets what runs beside it end, and begins nothing after that', async () => {
    provider.answer(({ path }) => (path === '/bad' ? { status: 400 } : { delayMs: 300 }));
    const graph = { steps: [call('bad'), call('slow'), call('after')], edges: chain('slow', 'after') };
    const workflow = await publishFlow(workspace.client, { graph });
    expect(await runToEnd(workspace.client, workflow, { name: 'Ada' })).toMatchObject({
      status: 'failed',
      error: { step_id: 'bad' },
    });
    await eventually(() => provider.effects.some(({ path }) => path === '/slow'));
    // Another run goes the same way: what the first one could begin after its slow call would have begun.
    await runToEnd(workspace.client, workflow, { name: 'Bob' });
    expect(paths().sort()).toEqual(['/bad', '/bad', '/slow', '/slow']);
  });
});

describe('a retry policy', () => {
  it('tries again with growing pauses until the provider is well, under one key and with the same bytes', async () => {
    provider.answerNext({ status: 503 }, { status: 503 });
    const { run, step } = await runOne(call('call', { retry: { max_attempts: 5, ...policy } }));
    expect(run.status).toBe('completed');
    expect(step.attempts.map(({ number, status }) => [number, status])).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'completed'],
    ]);
    const [first = 0, second = 0] = gaps(provider.calls);
    expect(first).toBeGreaterThanOrEqual(195);
    expect(first).toBeLessThan(200 + LATE_MS);
    expect(second).toBeGreaterThanOrEqual(395);
    expect(second).toBeLessThan(400 + LATE_MS);
    expect(new Set(provider.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(new Set(provider.calls.map(({ bodyHash }) => bodyHash)).size).toBe(1);
    expect(provider.effects).toHaveLength(1);
  });

  it('does not try again what the provider refuses', async () => {
    provider.answer({ status: 400 });
    const { run, step } = await runOne(call('call', { retry: { max_attempts: 5, ...policy } }));
    expect(run).toMatchObject({ status: 'failed', error: { attempt: 1 } });
    expect([step.attempts.length, provider.calls.length]).toEqual([1, 1]);
  });

  it('ends after the last attempt, and the error is the last one', async () => {
    provider.answer(({ attempt }) => ({ status: 500 + attempt }));
    const { run, step } = await runOne(call('call', { retry: { max_attempts: 3, ...policy } }));
    expect(run).toMatchObject({ status: 'failed', error: { attempt: 3, class: 'retryable', details: { status: 503 } } });
    expect(step.attempts.map(({ error }) => error?.details?.['status'])).toEqual([501, 502, 503]);
  });

  it('spreads the pauses when it is told to, never beyond the interval', async () => {
    provider.answer(({ attempt }) => (attempt < 4 ? { status: 503 } : {}));
    await runOne(call('call', { retry: { max_attempts: 5, initial_interval: '300ms', backoff: 1, jitter: true } }));
    expect(provider.calls).toHaveLength(4);
    for (const gap of gaps(provider.calls)) expect(gap).toBeLessThan(300 + LATE_MS);
  });

  it('waits as long as the provider asks for (Retry-After)', async () => {
    provider.answerNext({ status: 429, headers: { 'retry-after': '2' } });
    const { run, step } = await runOne(call('call', { retry: { max_attempts: 3, ...policy } }));
    expect(run.status).toBe('completed');
    expect(step.attempts[0]?.error).toMatchObject({ code: 'rate_limited', class: 'rate_limited' });
    const [gap = 0] = gaps(provider.calls);
    expect(gap).toBeGreaterThanOrEqual(1_990);
    expect(gap).toBeLessThan(2_000 + LATE_MS);
  });

  it('does not try again codes that it excludes', async () => {
    provider.answer({ status: 503 });
    const retry = { max_attempts: 5, ...policy, non_retryable: ['provider_unavailable'] };
    const { step } = await runOne(call('call', { retry }));
    expect([step.attempts.length, provider.calls.length]).toEqual([1, 1]);
  });

  it('begins no further attempt once the time for all of them is over', async () => {
    provider.answer({ status: 503 });
    const retry = { max_attempts: 50, ...policy, backoff: 1, max_elapsed: '1s' };
    const { run, step } = await runOne(call('call', { retry }));
    expect(run.status).toBe('failed');
    expect(step.attempts.length).toBeGreaterThanOrEqual(2);
    expect(step.attempts.length).toBeLessThanOrEqual(5);
    const begun = provider.calls.map(({ receivedAt }) => receivedAt);
    expect((begun.at(-1) ?? 0) - (begun[0] ?? 0)).toBeLessThan(1_000 + LATE_MS);
  });

  it('counts a time-out of the attempt as one that may be tried again', async () => {
    provider.answerNext({ hang: true });
    const { run, step } = await runOne(call('call', { timeout: '500ms', retry: { max_attempts: 2, ...policy } }));
    expect(run.status).toBe('completed');
    expect(step.attempts[0]?.error).toMatchObject({ code: 'step_timeout', class: 'timeout' });
    expect(provider.calls[0]?.abandonedAt).not.toBeNull();
  });
});

describe('a step with a fallback', () => {
  const graphWith = (onError: unknown) => ({
    steps: [
      call('before'),
      call('bad', { on_error: onError }),
      call('after'),
      call('rescue', { body: { error: '${ steps.bad.error }', status: '${ steps.bad.status }' } }),
    ],
    edges: chain('before', 'bad', 'after'),
  });
  const failing = () => provider.answer(({ path }) => (path === '/bad' ? { status: 409, body: { detail: 'taken' } } : {}));

  it('runs the fallback once with the error as its input; the run is completed, and marked', async () => {
    failing();
    const workflow = await publishFlow(workspace.client, { graph: graphWith({ goto: 'rescue' }) });
    const run = await runToEnd(workspace.client, workflow, { name: 'Ada' });
    expect(run).toMatchObject({ status: 'completed', via_fallback: true, error: null });
    expect(paths()).toEqual(['/before', '/bad', '/rescue']);
    expect(JSON.parse(provider.calls[2]?.body ?? '')).toEqual({
      status: 'failed',
      error: expect.objectContaining({ code: 'conflict', class: 'non_retryable', message: expect.stringContaining('taken') }),
    });
    const steps = await stepsOf(workspace.client, run.id);
    expect(Object.fromEntries(steps.map(({ step_id, status }) => [step_id, status]))).toEqual({
      before: 'completed',
      bad: 'failed',
      after: 'skipped',
      rescue: 'completed',
    });
  });

  it('never runs it when nothing fails', async () => {
    const workflow = await publishFlow(workspace.client, { graph: graphWith({ goto: 'rescue' }) });
    const run = await runToEnd(workspace.client, workflow, { name: 'Ada' });
    expect(run).toMatchObject({ status: 'completed', via_fallback: false });
    expect(paths()).toEqual(['/before', '/bad', '/after']);
  });

  it('goes on with null where it is told to continue; the error stays visible', async () => {
    failing();
    const workflow = await publishFlow(workspace.client, {
      graph: {
        steps: [call('bad', { on_error: 'continue' }), { id: 'look', type: 'transform', output: LOOK }],
        edges: chain('bad', 'look'),
      },
    });
    const run = await runToEnd(workspace.client, workflow, { name: 'Ada' });
    expect(run).toMatchObject({ status: 'completed', via_fallback: true, output: { output: null, code: 'conflict' } });
  });
});

const LOOK = { output: '${ steps.bad.output }', code: '${ steps.bad.error.code }' };
