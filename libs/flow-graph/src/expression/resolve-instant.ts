import type { JsonValue } from '@flows/contracts';
import { EvaluationFailure } from './evaluation-failure.js';
import { parseTimestamp } from './functions/timestamp-text.js';
import { wallClockMs } from './functions/time-zone.js';

/** "2026-12-01", "2026-12-01T09:00" and "2026-12-01T09:00:30": what a wall clock shows. */
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?)?$/;
const DAY_MS = 86_400_000;

/**
 * The moment that a text means, in milliseconds since 1970; null when it means none. A text with an offset (RFC 3339, and so what a
 * timestamp of an expression becomes) says it by itself, a date or a local time is read in the zone: a date is its midnight; a time
 * that the clocks skip is the first instant after the gap, one that they show twice is the first of the two.
 *
 * @param timezone IANA name.
 */
export function resolveInstant(value: JsonValue, timezone: string): number | null {
  if (typeof value !== 'string') return null;
  const local = LOCAL.exec(value);
  try {
    if (local === null) return parseTimestamp(value).ms;
    const wall = wallTimeOf(local);
    return wall === null ? null : instantOf(wall, timezone);
  } catch (error) {
    if (error instanceof EvaluationFailure) return null;
    throw error;
  }
}

/** The local time as the milliseconds at which UTC shows it; null when no clock shows it (the 30th of February, 25 o'clock). */
function wallTimeOf([, ...parts]: RegExpExecArray): number | null {
  const [year, month, day, hour, minute, second] = parts.map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59 || year < 100) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? ms : null;
}

/**
 *     wall clock    ──────┐ gap            instant = wall − offset, with the offset of the day before or of the day after:
 *     of the zone         └──────          a change within those two days is the only one near
 */
function instantOf(wall: number, timezone: string): number {
  const offsetAt = (instant: number): number => wallClockMs(instant, timezone) - instant;
  const before = wall - offsetAt(wall - DAY_MS);
  const after = wall - offsetAt(wall + DAY_MS);
  const shown = [before, after].filter((instant) => wallClockMs(instant, timezone) === wall);
  return shown.length > 0 ? Math.min(...shown) : endOfGap(wall, Math.min(before, after), Math.max(before, after), timezone);
}

/** The first instant whose wall clock is past `wall`, between one where it is not yet and one where it is. */
function endOfGap(wall: number, from: number, to: number, timezone: string): number {
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallClockMs(middle, timezone) > wall) high = middle;
    else low = middle;
  }
  return high;
}
