import { hash32 } from '@flows/contracts';
import type { RetryPolicy } from '@flows/flow-graph';

/** Longest time that a provider's Retry-After may put an attempt off. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * Exponential backoff before attempt `attempt + 1`, in milliseconds. Jitter takes off up to half of it; it is a hash of the
 * run, step and attempt, so that deciding stays deterministic while runs that failed together come back apart.
 * A provider's Retry-After is a lower bound.
 */
export function retryDelayMs(policy: RetryPolicy, runId: string, stepId: string, attempt: number, retryAfterMs = 0): number {
  const exponential = Math.min(policy.initialIntervalMs * policy.backoff ** (attempt - 1), policy.maxIntervalMs);
  const share = policy.jitter ? hash32(`${runId}/${stepId}/${attempt}`, 0) / 0x1_0000_0000 : 0;
  return Math.round(Math.max(exponential * (1 - share / 2), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
}
