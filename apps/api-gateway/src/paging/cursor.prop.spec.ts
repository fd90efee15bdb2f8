import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiProblem } from '../http/api-problem.js';
import { CursorCodec } from './cursor.js';

const codec = new CursorCodec('secret');

describe('CursorCodec', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string(), { maxLength: 4 }), (scope, key) => {
        expect(codec.decode(scope, codec.encode(scope, key))).toEqual(key);
      }),
    );
  });

  it('refuses any other text, any other scope and any other secret, with one error', () => {
    const refuses = (decode: () => unknown) => expect(decode).toThrow(ApiProblem);
    fc.assert(fc.property(fc.string(), (text) => refuses(() => codec.decode('scope', text))));
    fc.assert(
      fc.property(fc.base64String(), fc.nat(), (text, at) => {
        const cursor = codec.encode('scope', [text]);
        const bytes = Buffer.from(cursor, 'base64url');
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
        refuses(() => codec.decode('scope', bytes.toString('base64url')));
        refuses(() => codec.decode('other', cursor));
        refuses(() => new CursorCodec('other').decode('scope', cursor));
      }),
    );
  });
});
