import type { JsonObject, StepOutcome } from '@flows/contracts';
import type { Logger } from '@flows/service-kit';
import { failedWith, type AttemptResult } from './attempt-result.js';
import { inDoubt, toFailure } from './attempt-errors.js';
import { DeadlinePassed, LetGo, type Attempt } from './attempt.js';
import { toStorable } from './storable.js';
import { admitOutput } from './step-output.js';
import type { PreparedWork, WorkResult } from './work.js';

/** Longer than a timer can wait (2^31 ms, 24 days) is as good as for ever. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Runs prepared work under the attempt's deadline, and says what came of it. Never rejects. */
export class AttemptRunner {
  constructor(private readonly logger: Logger) {}

  async run(attempt: Attempt, work: PreparedWork): Promise<AttemptResult> {
    const { timeout_ms } = attempt.command;
    attempt.startedAt = Date.now();
    const deadline = setTimeout(() => attempt.abort(new DeadlinePassed(timeout_ms)), Math.min(timeout_ms, LONGEST_TIMEOUT_MS));
    try {
      return completed(attempt, work, await attempt.untilAborted(work.run(attempt)));
    } catch (thrown) {
      if (thrown instanceof LetGo) return { kind: 'released' };
      return this.failed(attempt, work, thrown);
    } finally {
      clearTimeout(deadline);
    }
  }

  private failed(attempt: Attempt, work: PreparedWork, thrown: unknown): AttemptResult {
    const { error, retryAfterMs, effectUnknown } = toFailure(thrown);
    const { id, run_id, step_id, idempotency_key } = attempt.command;
    if (error.code === 'executor_fault')
      this.logger.error({ err: thrown, run_id, step_id, attempt_id: id }, 'a handler failed in a way that it must not');
    if (work.effect !== 'unkeyed' || !effectUnknown) return failedWith(error, retryAfterMs);
    const known: JsonObject = { ...work.describe, cause: { code: error.code, message: error.message } };
    const outcome: StepOutcome = { status: 'failed', error: inDoubt(idempotency_key, error.message, known) };
    return { kind: 'ended', state: 'in_doubt', outcome, receipt: null };
  }
}

/** The effect is done even where its output cannot be kept: then a retry must not do it again. */
function completed(attempt: Attempt, work: PreparedWork, result: WorkResult): AttemptResult {
  const receipt = result.receipt === undefined ? null : toStorable(result.receipt);
  const admitted = admitOutput(result.output);
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
