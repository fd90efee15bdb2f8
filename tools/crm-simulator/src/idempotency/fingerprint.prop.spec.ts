import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, hashBody } from './fingerprint.js';

/** The same JSON value with the keys of every object turned round. */
function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reverseKeys(part)]),
  );
}

describe('fingerprint of a body', () => {
  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => hashBody(reverseKeys(value)) === hashBody(value)));
  });

  it('keeps the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('tells no body from an empty object', () => {
    expect(hashBody(undefined)).not.toBe(hashBody({}));
  });
});
