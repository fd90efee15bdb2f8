import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeRunInput, type StepReported, type StepRunCommand, type StepWork } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { commandOf, nextAttempt } from './command.builder.js';
import { ExecutorHarness } from './executor.harness.js';

let harness: ExecutorHarness;
beforeAll(async () => {
  harness = await ExecutorHarness.start('executor_connections');
  await harness.startExecutor();
}, 60_000);
afterAll(() => harness.close());
beforeEach(async () => {
  harness.provider.reset();
  harness.provider.answer({ body: { id: 'lead_1' } });
  await harness.setConnection('limited', { status: 'connected', rate_limit: null, concurrency: null });
  await harness.database.query('delete from connection_pace');
});

const action = (name: string): StepWork => ({ kind: 'connector', connection: 'limited', action: name });
const update = () =>
  commandOf({
    workspaceId: harness.workspaceId,
    work: action('leads.update'),
    input: { lead_id: 'lead_1', fields: { score: 5 } },
  });
const read = () => commandOf({ workspaceId: harness.workspaceId, work: action('leads.get'), input: { lead_id: 'lead_1' } });
const run = async (one: StepRunCommand): Promise<StepReported> => {
  await harness.send('connector', one);
  return harness.reportOf(one);
};
const status = async (): Promise<string> =>
  (await harness.database.query<{ status: string }>("select status from connections where name = 'limited'"))[0]!.status;
/** What is changed in the database is seen within a second. */
const seen = async (): Promise<void> => {
  const changedAt = Date.now();
  await eventually(() => Date.now() - changedAt > 1_100);
};

describe('a connection whose credentials are refused', () => {
  it.each([401, 403])('needs re-authorisation after %d, and is used again as soon as it has it', async (refusal) => {
    await seen();
    harness.provider.answer({ status: refusal });
    const one = update();
    expect((await run(one)).outcome).toMatchObject({ status: 'failed', error: { class: 'auth', origin: 'provider' } });
    expect(await status()).toBe('needs_reauth');
    const two = nextAttempt(one);
    expect((await run(two)).outcome).toMatchObject({ error: { code: 'needs_reauth', class: 'auth' } });
    expect(harness.provider.calls).toHaveLength(1);
    // No wait here: what the executor remembers of the connection is a moment old, and wrong.
    harness.provider.answer({ body: { id: 'lead_1' } });
    await harness.setConnection('limited', { status: 'connected' });
    expect((await run(nextAttempt(two))).outcome.status).toBe('completed');
    expect(await status()).toBe('connected');
  });

  it('stays as it is when it was authorised anew while the old call was under way, or was disabled', async () => {
    await seen();
    harness.provider.answer(async () => {
      await harness.setConnection('limited', { config: { base_url: harness.provider.url } });
      return { status: 401 };
    });
    await run(update());
    expect(await status()).toBe('connected');
    await seen();
    harness.provider.answer(async () => {
      await harness.database.query("update connections set status = 'disabled' where name = 'limited'");
      return { status: 401 };
    });
    await run(update());
    expect(await status()).toBe('disabled');
  });
});

describe('a rate limit', () => {
  it('defers what may not begin soon, and calls nobody for it; the effect is free for the next attempt', async () => {
    await harness.setConnection('limited', { rate_limit: { limit: 2, per: '1h' } });
    await seen();
    const commands = [update(), read(), update(), read()];
    await harness.send('connector', ...commands);
    const outcomes = await Promise.all(commands.map(async (one) => (await harness.reportOf(one)).outcome));
    const deferred = commands.filter((_, index) => outcomes[index]!.status === 'deferred');
    expect(outcomes.filter(({ status: state }) => state === 'completed')).toHaveLength(2);
    expect(deferred).toHaveLength(2);
    for (const one of deferred) {
      expect(harness.reportsOf(one)[0]!.outcome).toMatchObject({
        status: 'deferred',
        reason: 'rate_limit',
        details: { connection: 'limited', limit: 2, per: '1h' },
      });
    }
    const untils = deferred.map((one) => (harness.reportsOf(one)[0]!.outcome as { until: number }).until).sort((a, b) => a - b);
    expect(Math.abs(untils[0]! - Date.now() - 1_800_000)).toBeLessThan(10_000);
    expect(Math.abs(untils[1]! - untils[0]! - 1_800_000)).toBeLessThan(100);
    expect(decodeRunInput({ ...harness.reportsOf(deferred[0]!)[0], headers: undefined }).ok).toBe(true);
    expect(harness.provider.calls).toHaveLength(2);
    await harness.setConnection('limited', { rate_limit: null });
    await harness.database.query('delete from connection_pace');
    await seen();
    expect((await run(nextAttempt(deferred[0]!))).outcome.status).toBe('completed');
  }, 30_000);

  it('waits for what may begin in a moment', async () => {
    await harness.setConnection('limited', { rate_limit: { limit: 1, per: '500ms' } });
    await seen();
    const commands = [update(), update(), update()];
    await harness.send('connector', ...commands);
    for (const one of commands) expect((await harness.reportOf(one)).outcome.status).toBe('completed');
    const [a, b, c] = harness.provider.calls.map(({ receivedAt }) => receivedAt);
    expect(b! - a!).toBeGreaterThan(400);
    expect(c! - b!).toBeGreaterThan(400);
  }, 30_000);

  it('of the provider is kept by all: after its 429 nobody calls before Retry-After is over', async () => {
    await seen();
    harness.provider.answerNext({ status: 429, headers: { 'retry-after': '600' } });
    expect((await run(update())).outcome).toMatchObject({
      status: 'failed',
      retry_after_ms: 600_000,
      error: { code: 'rate_limited', class: 'rate_limited' },
    });
    const outcome = (await run(update())).outcome;
    expect(outcome).toMatchObject({ status: 'deferred', reason: 'rate_limit', details: { connection: 'limited' } });
    expect((outcome as { until: number }).until - Date.now()).toBeGreaterThan(590_000);
    expect(harness.provider.calls).toHaveLength(1);
  }, 30_000);

  it('that cannot be read refuses the step, and says how to write it', async () => {
    await harness.setConnection('limited', { rate_limit: { limit: 0, per: 'often' } });
    await seen();
    expect((await run(read())).outcome).toMatchObject({
      error: { code: 'connection_invalid', message: expect.stringContaining('"per"') },
    });
  });
});

describe('a limit of attempts at a time', () => {
  it('holds for reading and writing actions, and defers who waits too long', async () => {
    await harness.setConnection('limited', { concurrency: 1 });
    await seen();
    const waiting: (() => void)[] = [];
    harness.provider.answer(async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { body: { id: 'lead_1' } };
    });
    const [first, second] = [read(), update()];
    await harness.send('connector', first);
    await eventually(() => waiting.length === 1);
    await harness.send('connector', second);
    expect((await harness.reportOf(second)).outcome).toMatchObject({
      status: 'deferred',
      reason: 'step_concurrency',
      details: { connection: 'limited', concurrency: 1 },
    });
    expect(harness.provider.calls).toHaveLength(1);
    const third = update();
    await harness.send('connector', third);
    waiting.shift()!();
    await eventually(() => waiting.length === 1);
    waiting.shift()!();
    expect((await harness.reportOf(third)).outcome.status).toBe('completed');
    expect((await harness.reportOf(first)).outcome.status).toBe('completed');
  }, 30_000);
});

describe('a run that is retried', () => {
  it('gets the answer of an effect that is done, without a call', async () => {
    const one = update();
    const { outcome } = await run(one);
    const later = { ...one, attempt: 7, id: `${one.step_run_id}:7` };
    const report = await run(later);
    expect(report).toMatchObject({ attempt: 7, outcome });
    expect(harness.provider.calls).toHaveLength(1);
  });

  it('calls again what failed for good, under the same key', async () => {
    harness.provider.answerNext({ status: 422, body: { detail: 'no such field' } });
    const one = update();
    expect((await run(one)).outcome).toMatchObject({ error: { class: 'non_retryable' } });
    expect((await run(nextAttempt(one))).outcome.status).toBe('completed');
    expect(harness.provider.callsOf(one.idempotency_key)).toHaveLength(2);
  });
});
