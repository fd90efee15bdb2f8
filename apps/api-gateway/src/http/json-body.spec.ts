import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isDeeperThan } from './json-depth.js';
import { findUnstorable } from './find-unstorable.js';

const depthOf = (value: unknown): number =>
  value !== null && typeof value === 'object' ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('isDeeperThan', () => {
  it('agrees with a walk over the value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.integer({ min: 0, max: 9 }), (text, limit) => {
        expect(isDeeperThan(Buffer.from(text), limit)).toBe(depthOf(JSON.parse(text)) > limit);
      }),
    );
  });

  it('does not count brackets inside of strings', () => {
    expect(isDeeperThan(Buffer.from('["[[[\\"[[", "]"]'), 1)).toBe(false);
  });
});

describe('findUnstorable', () => {
  it('finds nothing in JSON that everybody can read', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('\\u0000'));
        expect(findUnstorable(text, JSON.parse(text))).toEqual([]);
      }),
    );
  });

  it('names each place, keys included', () => {
    const text = '{"a/b":["\\u0000"],"k\\ud800":1,"n":-1e400,"ok":"\\ud83d\\ude00"}';
    expect(findUnstorable(text, JSON.parse(text)).map(({ pointer, code }) => [pointer, code])).toEqual([
      ['#/a~1b/0', 'nul_character'],
      ['#/k%EF%BF%BD', 'lone_surrogate'],
      ['#/n', 'number_too_large'],
    ]);
  });
});
