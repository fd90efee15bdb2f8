import { EvaluationFailure } from '../evaluation-failure.js';

/** The wall clock at a moment in a zone, as the milliseconds that UTC would show the same clock at. */
const OFFSET = /^([+-])(\d{2}):(\d{2})$/;
const MAX_CACHED_ZONES = 600;
const formats = new Map<string, Intl.DateTimeFormat>();

export function wallClockMs(ms: number, zone: string): number {
  if (zone === 'UTC' || zone === 'Z') return ms;
  const offset = OFFSET.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return ms + (offset[1] === '-' ? -minutes : minutes) * 60_000;
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(ms)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1000) + 1000) % 1000);
}

/** True for a name of the IANA list, such as "Europe/Berlin" or "UTC"; an offset is none. */
export function isZoneName(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof EvaluationFailure) return false;
    throw error;
  }
}

/** Building a format costs tens of microseconds: kept by zone, of which the IANA list bounds the number. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EvaluationFailure(
      'invalid_argument',
      `${JSON.stringify(zone.slice(0, 60))} is no time zone such as "Europe/Berlin" or "+02:00"`,
    );
  }
  if (formats.size < MAX_CACHED_ZONES) formats.set(zone, format);
  return format;
}
