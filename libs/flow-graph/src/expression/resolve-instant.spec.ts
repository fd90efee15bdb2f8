import { describe, expect, it } from '@jest/globals';
import { resolveInstant } from './resolve-instant.js';

const instant = (value: unknown, zone = 'UTC'): string | null => {
  const ms = resolveInstant(value as string, zone);
  return ms === null ? null : new Date(ms).toISOString();
};

describe('resolveInstant', () => {
  it.each([
    ['2026-12-01T09:00:00Z', 'Europe/Berlin', '2026-12-01T09:00:00.000Z'],
    ['2026-12-01T09:00:00.250+02:00', 'America/New_York', '2026-12-01T07:00:00.250Z'],
    ['2026-12-01', 'UTC', '2026-12-01T00:00:00.000Z'],
    ['2026-12-01', 'Europe/Berlin', '2026-11-30T23:00:00.000Z'],
    ['2026-07-01T09:00', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
    ['2026-12-01T09:00:30', 'America/New_York', '2026-12-01T14:00:30.000Z'],
    ['2026-12-01T09:00', 'Asia/Kolkata', '2026-12-01T03:30:00.000Z'],
    ['2024-02-29', 'UTC', '2024-02-29T00:00:00.000Z'],
  ])('%s in %s is %s', (text, zone, expected) => expect(instant(text, zone)).toBe(expected));

  /*
   *   Berlin    2026-03-29 02:00 +01 ─► 03:00 +02 (01:00 UTC)    2026-10-25 03:00 +02 ─► 02:00 +01 (01:00 UTC)
   *   New York  2026-03-08 02:00 -05 ─► 03:00 -04 (07:00 UTC)    2026-11-01 02:00 -04 ─► 01:00 -05 (06:00 UTC)
   */
  it.each([
    ['2026-03-29T01:59:59', 'Europe/Berlin', '2026-03-29T00:59:59.000Z'],
    ['2026-03-29T02:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-03-29T02:59:59', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-03-29T03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-10-25T01:59:59', 'Europe/Berlin', '2026-10-24T23:59:59.000Z'],
    ['2026-10-25T02:00', 'Europe/Berlin', '2026-10-25T00:00:00.000Z'],
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
    ['2026-03-08T01:59:59', 'America/New_York', '2026-03-08T06:59:59.000Z'],
    ['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:00:00.000Z'],
    ['2026-03-08T03:00', 'America/New_York', '2026-03-08T07:00:00.000Z'],
    ['2026-11-01T00:59:59', 'America/New_York', '2026-11-01T04:59:59.000Z'],
    ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['2026-11-01T02:00', 'America/New_York', '2026-11-01T07:00:00.000Z'],
  ])('in a night when the clocks change: %s in %s is %s', (text, zone, expected) => expect(instant(text, zone)).toBe(expected));

  it('is the first instant after the gap also where the gap is half an hour, at midnight, or a day', () => {
    expect(instant('2026-10-04T02:10', 'Australia/Lord_Howe')).toBe('2026-10-03T15:30:00.000Z');
    expect(instant('2026-09-06', 'America/Santiago')).toBe('2026-09-06T04:00:00.000Z');
    expect(instant('2011-12-30T12:00', 'Pacific/Apia')).toBe('2011-12-30T10:00:00.000Z');
  });

  it.each([
    ['Europe/Berlin', 2, 1],
    ['Europe/Berlin', 9, 0],
    ['America/New_York', 2, 1],
    ['America/New_York', 10, 0],
    ['Pacific/Auckland', 8, 1],
    ['Asia/Kolkata', 2, 0],
  ])('shows the wall clock that was asked for and never goes back: %s, month %i, %i hour in a gap', (zone, month, gaps) => {
    const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    const start = Date.UTC(2026, month, 1);
    const texts = Array.from({ length: 31 * 24 }, (_, hour) => new Date(start + hour * 3_600_000).toISOString().slice(0, 19));
    const instants = texts.map((text) => resolveInstant(text, zone) as number);
    expect(instants).toEqual([...instants].sort((one, other) => one - other));
    expect(texts.filter((text, index) => clock.format(instants[index]).replace(' ', 'T') !== text)).toHaveLength(gaps);
  });

  it.each([
    ['2026-02-30'],
    ['2026-13-01'],
    ['2026-12-01T24:00'],
    ['2026-12-01T09:60'],
    ['2026-12-01 09:00'],
    ['2026-02-30T09:00:00Z'],
    ['tomorrow'],
    [''],
    [1_700_000_000],
    [null],
    [['2026-12-01']],
  ])('%j is no moment', (value) => expect(instant(value)).toBeNull());

  it('is none in a zone that does not exist', () => expect(instant('2026-12-01', 'Europe/Berlinn')).toBeNull());
});
