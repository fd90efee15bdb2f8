import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from '@flows/contracts';
import { jsonSizeBytes } from './mapping-size.js';

describe('jsonSizeBytes', () => {
  it('is what JSON takes in UTF-8, whatever the texts hold', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\u0001', '\n', '"', '\\', 'é', '€', '😀', '\ud800'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
    });
    const json = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, false),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
        text,
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(text, tie('value'), { maxKeys: 5 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => expect(jsonSizeBytes(value)).toBe(new TextEncoder().encode(JSON.stringify(value)).length)),
    );
  });

  it('counts no further than it is asked to', () => {
    expect(
      jsonSizeBytes(
        Array.from({ length: 1_000_000 }, () => 1),
        100,
      ),
    ).toBeLessThan(110);
  });
});
