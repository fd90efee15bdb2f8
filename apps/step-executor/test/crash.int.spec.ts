import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonValue, StepWork } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { commandOf } from './command.builder.js';
import { ExecutorHarness } from './executor.harness.js';

let harness: ExecutorHarness;
beforeAll(async () => {
  harness = await ExecutorHarness.start('executor_crash');
}, 60_000);
afterAll(() => harness.close());
beforeEach(() => {
  harness.provider.reset();
  harness.provider.answer({ body: { id: 'lead_1' } });
});
afterEach(() => harness.stopExecutors());

const update: StepWork = { kind: 'connector', connection: 'crm', action: 'leads.update' };
const unkeyed: StepWork = { kind: 'http', method: 'POST', expect: ['2xx'], follow_redirects: false, idempotency_header: null };
const command = (work: StepWork = update, input: JsonValue = { lead_id: 'lead_1', fields: { score: 5 } }) => commandOf({ workspaceId: harness.workspaceId, work, input });
/** Instead of waiting for it: what the clock would do. */
const expireLeases = () => harness.database.query("update effects set claimed_until = now() - interval '1 second' where state = 'intended'");

describe('after kill -9', () => {
  it.each([
    ['executor.after_claim', 1],
    ['executor.after_effect_before_ledger', 2],
    ['executor.after_ledger_before_report', 1],
    ['executor.after_report_before_offsets', 1],
  ])('at %s the effect is done once and reported', async (point, calls) => {
    const one = command();
    const first = await harness.startExecutor({ FAILPOINTS: `${point}=kill@1` });
    await harness.send('connector', one);
    expect((await first.exited).signal).toBe('SIGKILL');
    await expireLeases();
    await harness.startExecutor();
    expect((await harness.reportOf(one)).outcome.status).toBe('completed');
    await eventually(async () => (await harness.lag('connector')) === 0, { timeoutMs: 20_000 });
    expect(harness.provider.callsOf(one.idempotency_key)).toHaveLength(calls);
    expect(harness.provider.effects).toHaveLength(1);
    expect(await harness.effect(one)).toMatchObject({ state: 'done' });
  }, 60_000);

  it.each(['executor.after_claim', 'executor.after_effect_before_ledger'])('at %s an unkeyed effect is in doubt and not repeated', async (point) => {
    const one = command(unkeyed, { url: `${harness.provider.url}/hook`, headers: null, body: 'x' });
    const first = await harness.startExecutor({ FAILPOINTS: `${point}=kill@1`, INSTANCE_ID: 'the-dead' });
    await harness.send('connector', one);
    await first.exited;
    const called = harness.provider.calls.length;
    await expireLeases();
    await harness.startExecutor();
    expect((await harness.reportOf(one)).outcome).toMatchObject({
      error: { code: 'effect_in_doubt', class: 'non_retryable', details: { idempotency_key: one.idempotency_key, claimed_by: expect.stringContaining('the-dead') } },
    });
    expect(harness.provider.calls).toHaveLength(called);
  }, 60_000);

  it('another executor waits for a lease that is alive, and does other work meanwhile', async () => {
    const held = command();
    const first = await harness.startExecutor({ FAILPOINTS: 'executor.after_claim=kill@1' });
    await harness.send('connector', held);
    await first.exited;
    await harness.startExecutor();
    const other = command();
    await harness.send('connector', other);
    await harness.reportOf(other);
    expect(harness.reportsOf(held)).toHaveLength(0);
    expect((await harness.reportOf(held, 25_000)).outcome.status).toBe('completed');
    expect(harness.provider.callsOf(held.idempotency_key)).toHaveLength(1);
  }, 60_000);
});

describe('a process that stands still for longer than its lease', () => {
  it('finds the effect taken over, and reports nothing of its own', async () => {
    const one = command();
    let calls = 0;
    harness.provider.answer(async () => {
      calls += 1;
      return calls === 1 ? { hang: true } : { body: { id: 'lead_1' } };
    });
    const zombie = await harness.startExecutor({ INSTANCE_ID: 'zombie' });
    await harness.send('connector', one);
    await eventually(() => calls === 1);
    process.kill(zombie.pid, 'SIGSTOP');
    await expireLeases();
    await harness.startExecutor({ INSTANCE_ID: 'heir' });
    expect(await harness.reportOf(one, 30_000)).toMatchObject({ executor: 'heir', outcome: { status: 'completed' } });
    process.kill(zombie.pid, 'SIGCONT');
    await eventually(() => zombie.logs().some((line) => line.includes('went to another executor')), { timeoutMs: 20_000 });
    expect(harness.reportsOf(one).every(({ executor }) => executor === 'heir')).toBe(true);
  }, 90_000);
});

describe('a graceful stop', () => {
  it('lets what is under way end, and resolves its offset', async () => {
    const one = command();
    let finish = (): void => undefined;
    harness.provider.answer(async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return { body: { id: 'lead_1' } };
    });
    const executor = await harness.startExecutor();
    await harness.send('connector', one);
    await eventually(() => harness.provider.calls.length === 1);
    const stopped = executor.stop();
    await eventually(() => executor.logs().some((line) => line.includes('"stopping"')));
    finish();
    expect(await stopped).toEqual({ code: 0, signal: null });
    expect((await harness.reportOf(one)).outcome.status).toBe('completed');
    expect(await harness.lag('connector')).toBe(0);
  }, 60_000);

  it('lets go of what does not end in time, so that another executor takes it over at once', async () => {
    const one = command();
    let calls = 0;
    harness.provider.answer(async () => {
      calls += 1;
      return calls === 1 ? { hang: true } : { body: { id: 'lead_1' } };
    });
    const executor = await harness.startExecutor();
    await harness.send('connector', one);
    await eventually(() => calls === 1);
    expect(await executor.stop()).toEqual({ code: 0, signal: null });
    expect(harness.reportsOf(one)).toHaveLength(0);
    const [row] = await harness.database.query<{ over: boolean }>('select claimed_until <= now() as over from effects where idempotency_key = $1', [one.idempotency_key]);
    expect(row).toEqual({ over: true });
    await harness.startExecutor();
    expect((await harness.reportOf(one)).outcome.status).toBe('completed');
  }, 90_000);
});
