import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonValue, StepReported, StepWork } from '@flows/contracts';
import { eventually } from '@flows/testkit';
import { hashRequest } from '../src/ledger/request-hash.js';
import { commandOf } from './command.builder.js';
import { ExecutorHarness } from './executor.harness.js';

const update: StepWork = { kind: 'connector', connection: 'crm', action: 'leads.update' };
const unkeyed: StepWork = { kind: 'http', method: 'POST', expect: ['2xx'], follow_redirects: false, idempotency_header: null };
const found = { body: { id: 'lead_1' } };
const commandFor = (harness: ExecutorHarness, work: StepWork = update) => {
  const input: JsonValue =
    work === update
      ? { lead_id: 'lead_1', fields: { score: 5 } }
      : { url: `${harness.provider.url}/hook`, headers: null, body: 'x' };
  return commandOf({ workspaceId: harness.workspaceId, work, input });
};
/** Instead of waiting for it: what the clock would do. */
const expireLeases = (harness: ExecutorHarness) =>
  harness.database.query("update effects set claimed_until = now() - interval '1 second' where state = 'intended'");

interface CrashCase {
  point: string;
  work: StepWork;
}
interface Aftermath {
  report: StepReported;
  effects: number;
  callsBefore: number;
  calls: number;
  state: unknown;
  key: string;
}

/** An executor is killed at a point of its first command; its lease runs out; another one takes over. */
async function crashAt({ point, work }: CrashCase): Promise<Aftermath> {
  const harness = await ExecutorHarness.start('executor_crash');
  try {
    harness.provider.answer(found);
    const command = commandFor(harness, work);
    const first = await harness.startExecutor({ FAILPOINTS: `${point}=kill@1`, INSTANCE_ID: 'the-dead' });
    await harness.send('connector', command);
    const { signal } = await first.exited;
    if (signal !== 'SIGKILL') throw new Error(`the executor ended with ${signal}: ${first.logs().slice(-5).join('\n')}`);
    const callsBefore = harness.provider.calls.length;
    await expireLeases(harness);
    await harness.startExecutor();
    const report = await harness.reportOf(command, 40_000);
    await eventually(async () => (await harness.lag('connector')) === 0, { timeoutMs: 40_000, what: 'a lag of 0' });
    const { provider } = harness;
    const state = (await harness.effect(command))?.['state'];
    return {
      report,
      effects: provider.effects.length,
      callsBefore,
      calls: provider.calls.length,
      state,
      key: command.idempotency_key,
    };
  } finally {
    await harness.close();
  }
}

/** Started together: each waits some ten seconds for the session of the killed member to end. */
const cases: CrashCase[] = [
  ...[
    'executor.after_claim',
    'executor.after_effect_before_ledger',
    'executor.after_ledger_before_report',
    'executor.after_report_before_offsets',
  ].map((point) => ({ point, work: update })),
  ...['executor.after_claim', 'executor.after_effect_before_ledger'].map((point) => ({ point, work: unkeyed })),
];
const aftermaths = new Map<CrashCase, Promise<Aftermath>>();
beforeAll(async () => {
  for (const one of cases) aftermaths.set(one, crashAt(one));
  await Promise.allSettled(aftermaths.values());
}, 120_000);

describe('after kill -9', () => {
  it.each(cases.filter(({ work }) => work === update))('at $point the effect is done once and reported', async (one) => {
    const { report, effects, calls, state } = (await aftermaths.get(one))!;
    expect(report.outcome.status).toBe('completed');
    expect(effects).toBe(1);
    expect(state).toBe('done');
    expect(calls).toBe(one.point === 'executor.after_effect_before_ledger' ? 2 : 1);
  });

  it.each(cases.filter(({ work }) => work === unkeyed))(
    'at $point an unkeyed effect is in doubt and not repeated',
    async (one) => {
      const { report, callsBefore, calls, state, key } = (await aftermaths.get(one))!;
      expect(report.outcome).toMatchObject({
        error: {
          code: 'effect_in_doubt',
          class: 'non_retryable',
          details: { idempotency_key: key, claimed_by: expect.stringContaining('the-dead') },
        },
      });
      expect(state).toBe('in_doubt');
      expect(calls).toBe(callsBefore);
    },
  );
});

describe('leases', () => {
  let harness: ExecutorHarness;
  beforeAll(async () => {
    harness = await ExecutorHarness.start('executor_leases');
  });
  afterAll(() => harness.close());

  it('that are alive are waited for, while other work goes on', async () => {
    harness.provider.answer(found);
    const held = commandFor(harness);
    await harness.startExecutor();
    await harness.database.query(
      `insert into effects (idempotency_key, workspace_id, run_id, step_id, attempt_id, attempt, keyed, state, request_hash, claimed_by, claimed_until)
       values ($1, $2, $3, $4, $5, 1, true, 'intended', $6, 'somebody', now() + interval '3 seconds')`,
      [held.idempotency_key, held.workspace_id, held.run_id, held.step_id, held.id, hashRequest(held)],
    );
    const other = commandFor(harness);
    await harness.send('connector', held, other);
    await harness.reportOf(other);
    expect(harness.reportsOf(held)).toHaveLength(0);
    expect((await harness.reportOf(held)).outcome.status).toBe('completed');
    expect(harness.provider.callsOf(held.idempotency_key)).toHaveLength(1);
    await harness.stopExecutors();
  }, 60_000);

  it('of a process that stands still are taken over, and it reports nothing of its own', async () => {
    const one = commandFor(harness);
    let calls = 0;
    harness.provider.answer(() => ((calls += 1) === 1 ? { hang: true } : found));
    const zombie = await harness.startExecutor({ INSTANCE_ID: 'zombie' });
    await harness.send('connector', one);
    await eventually(() => calls === 1);
    process.kill(zombie.pid, 'SIGSTOP');
    await expireLeases(harness);
    await harness.startExecutor({ INSTANCE_ID: 'heir' });
    expect(await harness.reportOf(one, 30_000)).toMatchObject({ executor: 'heir', outcome: { status: 'completed' } });
    process.kill(zombie.pid, 'SIGCONT');
    await eventually(() => zombie.logs().some((line) => line.includes('went to another executor')), { timeoutMs: 20_000 });
    expect(harness.reportsOf(one).every(({ executor }) => executor === 'heir')).toBe(true);
  }, 90_000);
});

describe('a graceful stop', () => {
  let harness: ExecutorHarness;
  beforeAll(async () => {
    harness = await ExecutorHarness.start('executor_stop');
  });
  afterAll(() => harness.close());

  it('lets what is under way end, and resolves its offset', async () => {
    const one = commandFor(harness);
    let finish = (): void => undefined;
    harness.provider.answer(async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return found;
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

  it('lets go of what does not end in time, so that others take it over at once, and starts nothing more', async () => {
    const commands = Array.from({ length: 10 }, () => commandFor(harness));
    let hanging = true;
    harness.provider.reset();
    harness.provider.answer(() => (hanging ? { hang: true } : found));
    const executor = await harness.startExecutor({ EXECUTOR_DRAIN_GRACE_MS: '500', EXECUTOR_CONNECTOR_CONCURRENCY: '2' });
    await harness.send('connector', ...commands);
    await eventually(() => harness.provider.calls.length === 2);
    expect(await executor.stop()).toEqual({ code: 0, signal: null });
    expect(harness.provider.calls).toHaveLength(2);
    expect(commands.flatMap((one) => harness.reportsOf(one))).toHaveLength(0);
    const held = await harness.database.query("select 1 from effects where state = 'intended' and claimed_until > now()");
    expect(held).toHaveLength(0);
    hanging = false;
    await harness.startExecutor();
    for (const one of commands) expect((await harness.reportOf(one)).outcome.status).toBe('completed');
    expect(harness.provider.effects).toHaveLength(10);
    await eventually(async () => (await harness.lag('connector')) === 0);
  }, 60_000);
});

describe('a second executor that joins', () => {
  it('shares the work; nothing is lost and no effect is doubled', async () => {
    const harness = await ExecutorHarness.start('executor_join');
    try {
      // Long enough for the second one to join while there is work: the first alone needs some 20 s.
      harness.provider.answer({ ...found, delayMs: 50 });
      const commands = Array.from({ length: 400 }, () => commandFor(harness));
      await harness.startExecutor({ EXECUTOR_CONNECTOR_CONCURRENCY: '1', INSTANCE_ID: 'one' });
      await harness.send('connector', ...commands);
      await eventually(() => harness.reports.length > 5);
      await harness.startExecutor({ EXECUTOR_CONNECTOR_CONCURRENCY: '8', INSTANCE_ID: 'two' });
      for (const one of commands) expect((await harness.reportOf(one, 40_000)).outcome.status).toBe('completed');
      expect(harness.provider.effects).toHaveLength(400);
      expect(new Set(harness.reports.map(({ executor }) => executor))).toEqual(new Set(['one', 'two']));
      await eventually(async () => (await harness.lag('connector')) === 0);
    } finally {
      await harness.close();
    }
  }, 90_000);
});
