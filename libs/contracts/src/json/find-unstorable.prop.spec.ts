import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_PROBLEMS } from './decode.js';
import { findUnstorable, writesUnstorable } from './find-unstorable.js';
import type { JsonValue } from './json-value.js';

/** The definition, spelled out: what the pass over the text must agree with. */
function isUnstorable(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  if (typeof value === 'number') return !Number.isFinite(value);
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([key, member]) => isUnstorable(key) || isUnstorable(member));
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
const parsed = (json: string) => findUnstorable(JSON.parse(json), json);

describe('findUnstorable', () => {
  it('finds what cannot be stored, and only that, with the text and without', () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(parsed(JSON.stringify(any)).length > 0).toBe(isUnstorable(any));
        expect(findUnstorable(any).length > 0).toBe(isUnstorable(any));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['1e400', '-1E+400', `${'9'.repeat(400)}`, '[1e309]'])('refuses the number %s', (json) => {
    expect(parsed(json)).toMatchObject([{ code: 'number_too_large' }]);
  });

  it('names each place, keys included', () => {
    const json = '{"a/b":[{"~":"x\\u0000"}],"k\\ud800":1,"n":-1e400,"ok":"\\ud83d\\ude00"}';
    expect(parsed(json).map(({ pointer, code }) => [pointer, code])).toEqual([
      ['#/a~1b/0/~0', 'nul_character'],
      ['#/k%EF%BF%BD', 'lone_surrogate'],
      ['#/n', 'number_too_large'],
    ]);
  });

  it('tells no more places than a reader wants', () => {
    expect(parsed(JSON.stringify(Array(10 * MAX_PROBLEMS).fill('\0')))).toHaveLength(MAX_PROBLEMS);
  });
});

describe('writesUnstorable', () => {
  it('agrees for what JSON.stringify has written', () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(writesUnstorable(JSON.stringify(any))).toBe(isUnstorable(any));
      }),
      { numRuns: 2000 },
    );
  });
});
