import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';

/** The same value with the members of every object in another order. */
function reorder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reorder);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, reorder(member)] as const)
      .reverse(),
  );
}

describe('canonicalJson', () => {
  it('is one text for one value, however its keys are ordered, and JSON of that value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reorder(value))).toBe(text);
        expect(JSON.stringify(JSON.parse(text))).toHaveLength(text.length);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is the same text for equal values only', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 1 }), fc.jsonValue({ maxDepth: 1 }), (one, other) => {
        const equal = isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
        expect(canonicalJson(one) === canonicalJson(other)).toBe(equal);
      }),
      {
        examples: [
          [{ a: 1 }, { a: '1' }],
          [{ a: [1, 2] }, { a: [2, 1] }],
          [[], {}],
          [{ a: null }, {}],
          [{ a: { b: 1 } }, { 'a.b': 1 }],
        ],
      },
    );
  });

  it.each<[unknown, string]>([
    [{ b: 1, a: [{ d: null, c: 'x' }] }, '{"a":[{"c":"x","d":null}],"b":1}'],
    [
      { '10': 1, '9': 2, é: 3, 'z\uD800': 4, '\u{1F600}': 5, '\uFB33': 6 },
      '{"10":1,"9":2,"z\\ud800":4,"é":3,"\u{1F600}":5,"\uFB33":6}',
    ],
    [JSON.parse('{"__proto__":{"b":1,"a":2},"constructor":1}'), '{"__proto__":{"a":2,"b":1},"constructor":1}'],
    [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
    [{ at: new Date(0), toJSON: 1 }, '{"at":"1970-01-01T00:00:00.000Z","toJSON":1}'],
    [[-0, 1e21, 1.5, JSON.parse('1e400')], '[0,1e+21,1.5,null]'],
    [undefined, 'null'],
  ])('%j', (value, text) => expect(canonicalJson(value)).toBe(text));
});
