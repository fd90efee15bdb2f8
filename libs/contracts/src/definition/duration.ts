/**
 * Durations as definitions write them: a number and a unit, several added up: "1500ms", "90s", "2m", "1h30m", "7d".
 * A day is 24 hours.
 */
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** INVARIANT: what matches has a finite number of milliseconds, so a text that passed the schema always parses. */
export const DURATION_PATTERN = '^(\\d{1,15}(\\.\\d{1,15})?(ms|s|m|h|d|w))+$';
const WHOLE = new RegExp(DURATION_PATTERN);

/** Whole milliseconds, rounded once at the end; null when the text is no duration. Bounds are the caller's. */
export function parseDurationMs(text: string): number | null {
  if (!WHOLE.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g))
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return Math.round(total);
}
