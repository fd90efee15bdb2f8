import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DURATION_PATTERN, parseDurationMs } from './duration.js';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
type Unit = keyof typeof UNITS;

describe('parseDurationMs', () => {
  it.each([
    ['0s', 0],
    ['1500ms', 1_500],
    ['90s', 90_000],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1w', 604_800_000],
    ['1.5h', 5_400_000],
    ['0.0005s', 1],
    ['0.4ms', 0],
    ['1m1ms', 60_001],
    ['1ms1m', 60_001],
    ['1s1s', 2_000],
    ['007d', 604_800_000],
  ])('%s is %d ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each([
    '',
    ' ',
    '1',
    's',
    '1 s',
    ' 1s',
    '1s ',
    '1s\n',
    '-1s',
    '+1s',
    '1S',
    '1y',
    '1M',
    '.5s',
    '5.s',
    '1e3s',
    '1,5h',
    '1h 30m',
    'P1D',
    'Infinitys',
    '١s',
    `${'9'.repeat(400)}w`,
  ])('%j is no duration', (text) => expect(parseDurationMs(text)).toBeNull());

  it('adds up its parts, rounded once', () => {
    const part = fc.tuple(fc.nat(999_999), fc.constantFrom(...(Object.keys(UNITS) as Unit[])));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.map(([amount, unit]) => `${amount}${unit}`).join('');
        expect(parseDurationMs(text)).toBe(parts.reduce((sum, [amount, unit]) => sum + amount * UNITS[unit], 0));
      }),
    );
  });

  it('has a finite number of milliseconds for whatever the schema lets pass', () => {
    fc.assert(
      fc.property(fc.stringMatching(new RegExp(DURATION_PATTERN)), (text) => {
        expect(Number.isSafeInteger(parseDurationMs(text)) || Number.isFinite(parseDurationMs(text))).toBe(true);
      }),
    );
    expect(parseDurationMs(`${'9'.repeat(15)}w`.repeat(1_000))).toBeLessThan(Infinity);
  });

  it('answers at once for long texts that almost fit', () => {
    for (const text of [`${'1ms'.repeat(100_000)}x`, `${'1'.repeat(300_000)}`, `1.${'1'.repeat(300_000)}`])
      expect(parseDurationMs(text)).toBeNull();
  });
});
