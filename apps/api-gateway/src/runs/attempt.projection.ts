import type { FactData } from '@flows/contracts';
import type { AttemptView, StepRunView } from './step-run.view.js';

/** Attempts of a step run as its facts tell them. Numbers go on over all lives of a step, so a number names one attempt. */

export function scheduledAttempt({ attempt, input }: FactData['step.scheduled']): AttemptView {
  return {
    number: attempt,
    status: 'scheduled',
    input,
    output: null,
    error: null,
    started_at: null,
    ended_at: null,
    queued_ms: null,
    executor: null,
    cost: null,
    trace_id: null,
  };
}

type Source = Pick<FactData['step.completed'], 'started_at' | 'executor' | 'trace_id'>;

/** Who made the attempt, and when. */
export function sourceOf({ started_at, executor, trace_id }: Source): Partial<AttemptView> {
  return {
    ...(started_at === undefined ? {} : { started_at }),
    ...(executor === undefined ? {} : { executor }),
    ...(trace_id === undefined ? {} : { trace_id }),
  };
}

/**
 * What a fact says of an attempt that is open. One that has ended stays as it is: what an approval held had ended before it was decided.
 * Attempt 0 says that none was made: an input that could not be mapped, a condition that could not be evaluated.
 */
export function changeAttempt(
  view: StepRunView,
  number: number | undefined,
  scheduledAt: number | null,
  change: Partial<AttemptView>,
): void {
  const attempt = view.attempts.findLast((candidate) => candidate.number === number);
  if (attempt === undefined || !isOpen(attempt)) return;
  Object.assign(attempt, change);
  // Clocks of two machines may differ by more than the time in the queue.
  if (attempt.started_at !== null && scheduledAt !== null)
    attempt.queued_ms = Math.max(0, Date.parse(attempt.started_at) - scheduledAt);
}

export function cancelOpenAttempt(view: StepRunView, at: string): void {
  const last = view.attempts.at(-1);
  if (last !== undefined && isOpen(last)) Object.assign(last, { status: 'cancelled', ended_at: at });
}

function isOpen({ status }: AttemptView): boolean {
  return status === 'scheduled' || status === 'running';
}
