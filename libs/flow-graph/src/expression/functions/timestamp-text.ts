import { CelDuration, CelTimestamp } from '../cel-value.js';
import { EvaluationFailure } from '../evaluation-failure.js';

/** Texts of timestamps (RFC 3339) and durations. Milliseconds are the finest unit; finer digits are cut. */
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;
const MIN_MS = -62_135_596_800_000;
const MAX_MS = 253_402_300_799_999;

export function parseTimestamp(text: string): CelTimestamp {
  const match = RFC3339.exec(text);
  const ms = match === null ? NaN : Date.parse(text.toUpperCase());
  // Date.parse takes the 30th of February for the 1st of March; a timestamp that does not exist is refused.
  const day = match === null ? NaN : new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))).getUTCDate();
  if (match === null || Number.isNaN(ms) || day !== Number(match[3])) {
    throw new EvaluationFailure(
      'invalid_argument',
      `timestamp: ${shorten(text)} is no RFC 3339 timestamp such as "2026-03-01T09:30:00Z"`,
    );
  }
  return checkedTimestamp(ms);
}

export function checkedTimestamp(ms: number): CelTimestamp {
  if (!(ms >= MIN_MS && ms <= MAX_MS)) throw new EvaluationFailure('overflow', 'timestamp: outside of the years 1 to 9999');
  return new CelTimestamp(Math.trunc(ms));
}

export const timestampText = (timestamp: CelTimestamp): string => new Date(timestamp.ms).toISOString().replace('.000Z', 'Z');

const UNITS: Record<string, number> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  ns: 1e-6,
};
const DURATION = /^[+-]?(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d|w))+$/;

/** "90s", "1h30m", "-2m", as in CEL, and "7d", "2w" as everywhere in definitions. */
export function parseDuration(text: string): CelDuration {
  if (text.length > 100 || !DURATION.test(text)) {
    throw new EvaluationFailure('invalid_argument', `duration: ${shorten(text)} is no duration such as "90s", "1h30m" or "7d"`);
  }
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d|w)/g))
    ms += Number(amount) * (UNITS[unit as string] as number);
  return new CelDuration(text.startsWith('-') ? -Math.round(ms) : Math.round(ms));
}

/** Seconds with up to three decimals: "5400s", "0.25s". */
export const durationText = (duration: CelDuration): string => `${duration.ms / 1000}s`;

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
