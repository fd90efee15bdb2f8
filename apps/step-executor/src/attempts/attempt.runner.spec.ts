import { describe, expect, it } from '@jest/globals';
import { AgentError } from '@flows/agents';
import { ActionError } from '@flows/connectors';
import type { JsonValue, StepRunCommand } from '@flows/contracts';
import { createLogger } from '@flows/service-kit';
import { AttemptRunner } from './attempt.runner.js';
import { Attempt, Cancelled, LetGo } from './attempt.js';
import { OutputKeeper } from './output.keeper.js';
import type { PreparedWork } from './work.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const runner = new AttemptRunner(new OutputKeeper(null, logger), logger);
const attemptOf = (timeout_ms = 5_000) => new Attempt({ id: 'a1', idempotency_key: 'key', timeout_ms } as StepRunCommand);
const work = (run: PreparedWork['run'], effect: PreparedWork['effect'] = 'keyed'): PreparedWork => ({
  effect,
  describe: { kind: 'test' },
  run,
});
const returns = (output: JsonValue) => work(async () => ({ output }));
const throws = (error: Error, effect?: PreparedWork['effect']) => work(() => Promise.reject(error), effect);
const hangs = (effect?: PreparedWork['effect']) => work(() => new Promise(() => undefined), effect);
const broken = new ActionError(
  { code: 'network_error', message: 'reset', class: 'retryable', origin: 'provider' },
  { effectUnknown: true },
);

describe('AttemptRunner', () => {
  it('completes with output, cost and the effect with its receipt', async () => {
    const cost = { amount: 1, currency: 'USD', tokens: 5 };
    const result = await runner.run(
      attemptOf(),
      work(async () => ({ output: { a: 1 }, cost, receipt: { id: 'x' } })),
    );
    const effects = [{ kind: 'test', idempotency_key: 'key', state: 'done', receipt: { id: 'x' } }];
    expect(result).toEqual({
      kind: 'ended',
      state: 'done',
      receipt: { id: 'x' },
      outcome: { status: 'completed', output: { a: 1 }, cost, effects },
    });
  });

  it('names no effect where there is none', async () => {
    expect(
      await runner.run(
        attemptOf(),
        work(async () => ({ output: 1 }), 'none'),
      ),
    ).toMatchObject({ outcome: { status: 'completed', output: 1 } });
    const result = await runner.run(
      attemptOf(),
      work(async () => ({ output: 1 }), 'none'),
    );
    expect(result).not.toHaveProperty('outcome.effects');
  });

  it('ends at the deadline, also when the work ignores its signal', async () => {
    const attempt = attemptOf(20);
    const result = await runner.run(attempt, hangs());
    expect(result).toMatchObject({
      state: 'failed',
      outcome: { status: 'failed', error: { code: 'step_timeout', class: 'timeout' } },
    });
    expect(attempt.signal.aborted).toBe(true);
  });

  it('tells the work by its signal', async () => {
    const seen = new Promise(
      (resolve) =>
        void runner.run(
          attemptOf(20),
          work((attempt) => new Promise(() => attempt.signal.addEventListener('abort', resolve))),
        ),
    );
    await seen;
  });

  it.each([
    ['a time-out', hangs('unkeyed')],
    ['a connection that broke after the request', throws(broken, 'unkeyed')],
    ['a bug of the handler', throws(new TypeError('x is undefined'), 'unkeyed')],
  ])('puts an unkeyed effect in doubt after %s', async (_, unkeyed) => {
    expect(await runner.run(attemptOf(20), unkeyed)).toMatchObject({
      state: 'in_doubt',
      outcome: { error: { code: 'effect_in_doubt', class: 'non_retryable', details: { idempotency_key: 'key', kind: 'test' } } },
    });
  });

  it('knows that an unkeyed effect failed when the provider said no', async () => {
    const refused = new ActionError(
      { code: 'provider_unavailable', message: '503', class: 'retryable', origin: 'provider' },
      { retryAfterMs: 1500 },
    );
    expect(await runner.run(attemptOf(), throws(refused, 'unkeyed'))).toEqual({
      kind: 'ended',
      state: 'failed',
      receipt: null,
      outcome: { status: 'failed', error: refused.flowError, retry_after_ms: 1500 },
    });
  });

  it('reads the Retry-After of an agent', async () => {
    const error = new AgentError(
      { code: 'rate_limited', message: 'slow', class: 'rate_limited', origin: 'provider' },
      { retryAfter: '2' },
    );
    expect(await runner.run(attemptOf(), throws(error))).toMatchObject({ outcome: { retry_after_ms: 2_000 } });
  });

  it('reports a bug as a fault of the executor', async () => {
    expect(await runner.run(attemptOf(), throws(new TypeError('boom')))).toMatchObject({
      outcome: { error: { code: 'executor_fault', class: 'non_retryable', origin: 'executor', message: 'TypeError: boom' } },
    });
  });

  it('says nothing of an attempt that was let go of', async () => {
    const attempt = attemptOf();
    const result = runner.run(attempt, hangs());
    attempt.abort(new LetGo('stop'));
    expect(await result).toEqual({ kind: 'released' });
  });

  it.each([['keyed'], ['none']] as const)('reports nothing of a cancelled attempt with effect %s', async (effect) => {
    const attempt = attemptOf();
    const result = runner.run(attempt, hangs(effect));
    attempt.abort(new Cancelled('cancelled'));
    expect(await result).toEqual({ kind: 'cancelled', doubt: null });
  });

  it('says what is known of a cancelled attempt whose effect may have taken place', async () => {
    const attempt = attemptOf();
    const result = runner.run(attempt, hangs('unkeyed'));
    attempt.abort(new Cancelled('the run was cancelled'));
    expect(await result).toMatchObject({
      kind: 'cancelled',
      doubt: { state: 'in_doubt', outcome: { error: { code: 'effect_in_doubt', details: { cause: { code: 'cancelled' } } } } },
    });
  });

  it('names a time-out as the work wants it', async () => {
    const result = await runner.run(attemptOf(20), { ...hangs('none'), timeoutCode: 'code_timeout' });
    expect(result).toMatchObject({ outcome: { error: { code: 'code_timeout', class: 'timeout' } } });
  });

  it.each([
    ['too large', 'x'.repeat(1024 * 1024), 'output_too_large'],
    ['too large in UTF-8 only', 'ü'.repeat(600_000), 'output_too_large'],
    ['too deep', Array.from({ length: 300 }).reduce<JsonValue>((inner) => [inner], 1), 'output_too_deep'],
  ])('refuses an output that is %s, and remembers that the effect is done', async (_, output, code) => {
    expect(await runner.run(attemptOf(), returns(output))).toMatchObject({
      state: 'done',
      outcome: { error: { code, class: 'non_retryable' } },
    });
  });

  it('replaces characters that the database cannot hold, in outputs and in errors', async () => {
    expect(await runner.run(attemptOf(), returns({ 'k\0': ['a\0b', '\ud800x', 'ok 😀', '\\u0000'] }))).toMatchObject({
      outcome: { output: { 'k\ufffd': ['a\ufffdb', '\ufffdx', 'ok 😀', '\\u0000'] } },
    });
    const error = new ActionError({ code: 'c', message: 'm\0', class: 'retryable', origin: 'provider', details: { body: '\0' } });
    expect(await runner.run(attemptOf(), throws(error))).toMatchObject({
      outcome: { error: { message: 'm\ufffd', details: { body: '\ufffd' } } },
    });
  });
});
