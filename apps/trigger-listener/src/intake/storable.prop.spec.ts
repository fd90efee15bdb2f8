import { describe, expect, it } from '@jest/globals';
import type { JsonValue } from '@flows/contracts';
import fc from 'fast-check';
import { findUnstorable, MAX_EVENT_DEPTH } from './storable.js';

/** The definition, spelled out: what the pass over the text must agree with. */
function problemOf(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  if (typeof value === 'number') return !Number.isFinite(value);
  if (value === null || typeof value !== 'object') return false;
  if (depth >= MAX_EVENT_DEPTH) return true;
  return Object.entries(value).some(([key, member]) => problemOf(key) || problemOf(member, depth + 1));
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', '\ud800', '\udfff', '\ud83d\ude00', '\\u0000', '"[{', '\\"', '\\\\"]'),
);
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(text, tie('value')),
  ),
}));

describe('findUnstorable', () => {
  it('finds what cannot be stored, and only that', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: MAX_EVENT_DEPTH + 2 }), (inner, levels) => {
        let wrapped = inner;
        for (let level = 0; level < levels; level += 1) wrapped = [wrapped];
        const json = JSON.stringify(wrapped);
        expect(findUnstorable(json, JSON.parse(json) as JsonValue) !== null).toBe(problemOf(wrapped));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['1e400', '-1E+400', `${'9'.repeat(400)}`, '[1e309]'])('refuses the number %s', (json) => {
    expect(findUnstorable(json, JSON.parse(json) as JsonValue)).toMatch(/too large/);
  });

  it('names the place', () => {
    const json = '{"a/b":[{"~":"x\\u0000"}]}';
    expect(findUnstorable(json, JSON.parse(json) as JsonValue)).toContain('#/a~1b/0/~0 ');
  });
});
