import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from '@flows/contracts';
import { compileMapping } from './compile-mapping.js';
import { scanTemplate } from './scan-template.js';

type Context = { payload: JsonValue };
const json = fc.jsonValue() as fc.Arbitrary<JsonValue>;
const templateText = fc
  .array(
    fc.constantFrom(
      '${',
      '}',
      '$',
      '$${',
      '{',
      ' payload.a ',
      'payload',
      '"',
      "'",
      '"""',
      '\\',
      '1',
      ' + ',
      '"}"',
      'text',
      '//',
      '\n',
      '/',
      '?q=',
      '..',
      'https://x/',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const mapping = fc.letrec<{ any: JsonValue }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    templateText,
    fc.constantFrom<JsonValue>('${ payload.a }', 'x ${ payload.b } y', '${ payload }', 1, null, true),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b/c', '~', '${ payload.a }', '__proto__', 'constructor'), tie('any'), { maxKeys: 3 }),
  ),
})).any;

describe('scanTemplate', () => {
  it('loses no character', () => {
    fc.assert(
      fc.property(fc.oneof(templateText, fc.string()), (text) => {
        const scan = scanTemplate(text);
        if (!scan.ok) return;
        const written = scan.parts
          .map((part) => ('literal' in part ? part.literal.replaceAll('${', () => '$${') : `\${${part.source}}`))
          .join('');
        expect(written).toBe(text);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('compileMapping', () => {
  it('takes any JSON without throwing, and so does what it compiles', () => {
    fc.assert(
      fc.property(mapping, json, fc.constantFrom('value' as const, 'text' as const, 'url' as const), (source, payload, mode) => {
        const compiled = compileMapping<Context>(source, { names: ['payload'], mode });
        if (!compiled.ok) return expect(compiled.problems.length).toBeGreaterThan(0);
        const result = compiled.mapping.resolve({ payload });
        if (!result.ok) return expect(result.message).not.toBe('');
        expect(JSON.stringify(result.value)).toEqual(expect.any(String));
        expect(compiled.mapping.resolve({ payload })).toEqual(result);
      }),
      { numRuns: 1_500 },
    );
  });

  it('leaves JSON without expressions as it is', () => {
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!JSON.stringify(value).includes('${') && !JSON.stringify(value).includes('__proto__'));
        const compiled = compileMapping<Context>(value, { names: [] });
        expect(compiled.ok && compiled.mapping.resolve({ payload: 1 })).toEqual({ ok: true, value });
      }),
    );
  });

  it('lets a value of a URL change nothing but its own component', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const compiled = compileMapping<Context>('https://example.com/a/${ payload }/b?q=${ payload }#f', {
          names: ['payload'],
          mode: 'url',
        });
        const result = compiled.ok ? compiled.mapping.resolve({ payload: text }) : null;
        if (result === null || !result.ok) return expect(text === '.' || text === '..' || !text.isWellFormed()).toBe(true);
        const url = new URL(result.value as string);
        expect([url.host, url.pathname.split('/').length, url.hash]).toEqual(['example.com', 4, '#f']);
        expect(decodeURIComponent(url.pathname.split('/')[2] as string)).toBe(text);
        expect(url.search).toBe(`?q=${(result.value as string).split('?q=')[1]?.split('#')[0]}`.replace(/\?$/, ''));
      }),
      { numRuns: 300 },
    );
  });
});
