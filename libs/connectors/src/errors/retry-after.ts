/** Longer than this a Retry-After is taken as a mistake of the provider: the engine's own back-off decides then. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/**
 * Retry-After in milliseconds from now (RFC 9110 §10.2.3: seconds, or an HTTP-date), or undefined when absent or unreadable.
 * A date in the past is 0.
 */
export function parseRetryAfterMs(value: string | null | undefined, nowMs: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  const text = value.trim();
  const ms = /^\d+(\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : /^[A-Za-z]{3,9},? /.test(text)
      ? Math.max(0, Date.parse(text) - nowMs)
      : NaN;
  return Number.isFinite(ms) && ms <= MAX_RETRY_AFTER_MS ? Math.round(ms) : undefined;
}
