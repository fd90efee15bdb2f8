import { isTerminal, type RunState } from '../state/run-state.js';
import { isAtExecutor } from '../state/step-state.js';

/** An executor reports within the attempt's time-out; what is later than this beyond it got lost. */
const GRACE_MS = 5_000;
/** A child run reports when it ends; after so long without a sign of life it is asked. */
const CHILD_SILENCE_MS = 60_000;

/**
 * When a sweep should look at the run again (Unix milliseconds): once an open attempt should have reported, or a timer
 * should have fired. Redelivery by Kafka is much quicker; this is for what Kafka has lost.
 */
export function wakeAt(state: RunState): number {
  if (isTerminal(state.status)) return state.updatedAt;
  let earliest = Infinity;
  for (const step of state.steps.values()) {
    if (isAtExecutor(step) && step.scheduled !== null)
      earliest = Math.min(earliest, step.scheduled.at + step.scheduled.timeout_ms);
    else if (step.timer !== null) earliest = Math.min(earliest, step.timer.dueAt);
    else if (step.children !== null && step.children.open.size > 0)
      earliest = Math.min(earliest, state.updatedAt + CHILD_SILENCE_MS);
  }
  return (earliest === Infinity ? state.updatedAt : earliest) + GRACE_MS;
}
