import type { JsonObject, StepOutcome } from '@flows/contracts';
import type { Logger } from '@flows/service-kit';
import { failedWith, type AttemptResult, type EndedAttempt } from './attempt-result.js';
import { inDoubt, toFailure } from './attempt-errors.js';
import { Cancelled, DeadlinePassed, LetGo, type Attempt } from './attempt.js';
import type { OutputKeeper } from './output.keeper.js';
import { toStorable } from './storable.js';
import type { PreparedWork, WorkResult } from './work.js';

/** Longer than a timer can wait (2^31 ms, 24 days) is as good as for ever. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Runs prepared work under the attempt's deadline, and says what came of it. Never rejects. */
export class AttemptRunner {
  constructor(
    private readonly outputs: OutputKeeper,
    private readonly logger: Logger,
  ) {}

  async run(attempt: Attempt, work: PreparedWork): Promise<AttemptResult> {
    const { timeout_ms } = attempt.command;
    attempt.startedAt = Date.now();
    const deadline = setTimeout(() => attempt.abort(new DeadlinePassed(timeout_ms)), Math.min(timeout_ms, LONGEST_TIMEOUT_MS));
    let result: WorkResult;
    try {
      result = await attempt.untilAborted(work.run(attempt));
    } catch (thrown) {
      if (thrown instanceof LetGo) return { kind: 'released' };
      return this.failed(attempt, work, thrown);
    } finally {
      clearTimeout(deadline);
    }
    return await this.completed(attempt, work, result);
  }

  private failed(attempt: Attempt, work: PreparedWork, thrown: unknown): AttemptResult {
    if (thrown instanceof Cancelled) {
      return {
        kind: 'cancelled',
        doubt: work.effect === 'unkeyed' ? doubtful(attempt, work, 'cancelled', thrown.message) : null,
      };
    }
    const { error, retryAfterMs, effectUnknown } = toFailure(thrown);
    if (thrown instanceof DeadlinePassed && work.timeoutCode !== undefined) error.code = work.timeoutCode;
    const { id, run_id, step_id } = attempt.command;
    if (error.code === 'executor_fault')
      this.logger.error({ err: thrown, run_id, step_id, attempt_id: id }, 'a handler failed in a way that it must not');
    if (work.effect !== 'unkeyed' || !effectUnknown) return failedWith(error, retryAfterMs);
    return doubtful(attempt, work, error.code, error.message);
  }

  /** The effect is done even where its output cannot be kept: then a retry must not do it again. */
  private async completed(attempt: Attempt, work: PreparedWork, result: WorkResult): Promise<AttemptResult> {
    const receipt = result.receipt === undefined ? null : toStorable(result.receipt);
    const kept = this.outputs.keep(attempt.command, result.output);
    const admitted = kept instanceof Promise ? await kept : kept;
    if (!admitted.ok) return { ...failedWith(admitted.error), state: 'done', receipt };
    const outcome: StepOutcome = { status: 'completed', output: admitted.output };
    if (result.cost !== undefined) outcome.cost = result.cost;
    if (work.effect !== 'none') {
      outcome.effects = [
        {
          ...work.describe,
          idempotency_key: attempt.command.idempotency_key,
          state: 'done',
          ...(receipt === null ? {} : { receipt }),
        },
      ];
    }
    return { kind: 'ended', state: 'done', outcome, receipt };
  }
}

function doubtful(attempt: Attempt, work: PreparedWork, code: string, message: string): EndedAttempt {
  const known: JsonObject = { ...work.describe, cause: { code, message } };
  const outcome: StepOutcome = { status: 'failed', error: inDoubt(attempt.command.idempotency_key, message, known) };
  return { kind: 'ended', state: 'in_doubt', outcome, receipt: null };
}
