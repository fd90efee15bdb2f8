/**
 * Durations as definitions write them: a number and a unit, several added up: "1500ms", "90s", "2m", "1h30m", "7d".
 * A day is 24 hours.
 */
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
export const DURATION_PATTERN = '^(\\d+(\\.\\d+)?(ms|s|m|h|d|w))+$';
const WHOLE = new RegExp(DURATION_PATTERN);

/** Milliseconds, or null when the text is no duration. */
export function parseDurationMs(text: string): number | null {
  if (!WHOLE.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return Number.isFinite(total) ? Math.round(total) : null;
}
