import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeRunInput, type StepRunCommand, type StepWork } from '@flows/contracts';
import { eventually, type ChildService } from '@flows/testkit';
import { commandOf, nextAttempt } from './command.builder.js';
import { ExecutorHarness } from './executor.harness.js';
import { startHangingProvider, type HangingProvider } from './hanging-provider.js';

let harness: ExecutorHarness;
let hanging: HangingProvider;
let executor: ChildService;
beforeAll(async () => {
  [harness, hanging] = await Promise.all([ExecutorHarness.start('executor_long'), startHangingProvider()]);
  executor = await harness.startExecutor({
    INSTANCE_ID: 'executor-1',
    OPENAI_BASE_URL: `${hanging.url}/openai`,
    OPENAI_API_KEY: 'k',
  });
}, 60_000);
afterAll(async () => {
  await harness.close();
  await hanging.close();
});

const noop: StepWork = { kind: 'connector', connection: 'none', action: 'noop.run' };
const post = (idempotency_header: string | null): StepWork => ({
  kind: 'http',
  method: 'POST',
  expect: ['2xx'],
  follow_redirects: false,
  idempotency_header,
});
const get: StepWork = { ...(post(null) as object), method: 'GET' } as StepWork;
const command = (work: StepWork, more: Partial<Parameters<typeof commandOf>[0]> = {}) =>
  commandOf({ workspaceId: harness.workspaceId, work, timeoutMs: 120_000, ...more });
const calling = (work: StepWork, path: string) =>
  command(work, { input: { url: `${hanging.url}${path}`, headers: null, body: null } });

describe('an attempt that takes long', () => {
  it('holds up neither its partition nor its group, and gives one sign of life, then some more', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    harness.provider.answer(async () => {
      await released;
      return {};
    });
    const slow = command(get, { stepId: 'slow', input: { url: harness.provider.url, headers: null, body: null } });
    const startedAt = Date.now();
    await harness.send('connector', slow);
    await eventually(() => harness.provider.calls.length === 1);
    // Of the same run, so of the same partition, all the time.
    let n = 0;
    while (Date.now() - startedAt < 7_000) {
      const quick = command(noop, { runId: slow.run_id, stepId: `quick_${(n += 1)}`, input: n });
      await harness.send('connector', quick);
      await harness.reportOf(quick, 2_000);
    }
    expect(n).toBeGreaterThan(20);
    const [sign, ...others] = harness.signsOf(slow);
    expect(others).toEqual([]);
    expect(sign).toMatchObject({
      id: `prg:${slow.id}:1`,
      step_id: 'slow',
      attempt: 1,
      executor: 'executor-1',
      run_id: slow.run_id,
    });
    expect(decodeRunInput(sign).ok).toBe(true);
    expect(sign!.at - sign!.started_at).toBeGreaterThanOrEqual(5_000);
    expect(await harness.lag('connector')).toBe(n + 1);
    release();
    expect((await harness.reportOf(slow)).outcome.status).toBe('completed');
    await eventually(async () => (await harness.lag('connector')) === 0);
    expect(harness.provider.calls).toHaveLength(1);
    expect(harness.signs.filter(({ step_id }) => step_id !== 'slow')).toEqual([]);
    expect(executor.logs().some((line) => /rebalanc|left the group/i.test(line))).toBe(false);
  }, 40_000);
});

describe('a run that is cancelled', () => {
  const cancel = (one: StepRunCommand, after = one.scheduled_at + 1) =>
    harness.database.query(
      "update runs set cancel_requested_at = to_timestamp($2::float8 / 1000), status = 'running' where id = $1",
      [one.run_id, after],
    );
  const hang = async (pool: 'agent' | 'connector', one: StepRunCommand, path: string): Promise<void> => {
    await harness.insertRun(one);
    await harness.send(pool, one);
    await eventually(() => hanging.arrived.includes(path));
    // Older than what is not looked at.
    await eventually(() => Date.now() - one.scheduled_at > 1_100);
  };
  const closedWithin = async (path: string, ms: number): Promise<void> => {
    await eventually(() => hanging.closed.includes(path), { timeoutMs: ms, what: `the connection of ${path} to close` });
  };

  it.each<[string, StepWork, string | undefined]>([
    ['without effect', get, undefined],
    ['with a keyed effect', post('Idempotency-Key'), 'intended'],
    ['with an unkeyed effect', post(null), 'in_doubt'],
  ])(
    'stops a call %s within two seconds, and reports nothing',
    async (name, work, state) => {
      const path = `/${name.replaceAll(' ', '-')}`;
      const one = calling(work, path);
      await hang('connector', one, path);
      await cancel(one);
      await closedWithin(path, 2_000);
      await eventually(async () => (await harness.lag('connector')) === 0);
      expect(harness.reportsOf(one)).toEqual([]);
      expect((await harness.effect(one))?.['state']).toBe(state);
      if (state === 'in_doubt') {
        expect((await harness.effect(one))?.['outcome']).toMatchObject({
          error: { code: 'effect_in_doubt', details: { cause: { code: 'cancelled' }, kind: 'http' } },
        });
      }
    },
    30_000,
  );

  it('stops an agent', async () => {
    const one = command({ kind: 'agent', agent: 'thinker' }, { input: { a: 1 } });
    await hang('agent', one, '/openai/chat/completions');
    await harness.database.query("update runs set status = 'cancelled' where id = $1", [one.run_id]);
    await closedWithin('/openai/chat/completions', 2_000);
    await eventually(async () => (await harness.lag('agent')) === 0);
    expect(harness.reportsOf(one)).toEqual([]);
  }, 30_000);

  it('leaves alone what was scheduled when it was cancelled or later, such as its cleanup', async () => {
    const one = calling(get, '/cleanup');
    await hang('connector', one, '/cleanup');
    await cancel(one, one.scheduled_at);
    const other = calling(get, '/other');
    await hang('connector', other, '/other');
    await cancel(other);
    await closedWithin('/other', 2_000);
    expect(hanging.closed).not.toContain('/cleanup');
    await cancel(one);
    await closedWithin('/cleanup', 2_000);
  }, 30_000);

  it('and retried calls a keyed effect again under its key, at once', async () => {
    const one = command(post('Idempotency-Key'), { input: { url: `${hanging.url}/again`, headers: null, body: 'b' } });
    await hang('connector', one, '/again');
    await cancel(one);
    await closedWithin('/again', 2_000);
    await eventually(async () => (await harness.lag('connector')) === 0);
    const two = { ...nextAttempt(one), scheduled_at: Date.now() + 10 };
    await harness.send('connector', two);
    await eventually(() => hanging.arrived.filter((path) => path === '/again').length === 2, { timeoutMs: 3_000 });
    await cancel(two, two.scheduled_at + 10);
    await eventually(() => hanging.closed.filter((path) => path === '/again').length === 2, { timeoutMs: 3_000 });
  }, 30_000);
});
