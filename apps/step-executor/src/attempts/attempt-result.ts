import type { FlowError, JsonObject, StepOutcome } from '@flows/contracts';

/** How the ledger names an effect whose attempt is over. */
export type SettledState = 'done' | 'failed' | 'in_doubt';

export type AttemptResult =
  | EndedAttempt
  /** Let go of before it ended: nothing to settle, nothing to report. */
  | { kind: 'released' }
  /** The run is over or cancelled: nothing to report. `doubt` is what the ledger keeps where nobody knows whether the effect took place. */
  | { kind: 'cancelled'; doubt: EndedAttempt | null };

export type EndedAttempt = { kind: 'ended'; state: SettledState; outcome: StepOutcome; receipt: JsonObject | null };

export function failedWith(error: FlowError, retryAfterMs?: number): EndedAttempt {
  const outcome: StepOutcome = { status: 'failed', error };
  if (retryAfterMs !== undefined) outcome.retry_after_ms = Math.max(0, Math.round(retryAfterMs));
  return { kind: 'ended', state: 'failed', outcome, receipt: null };
}
