import { describe, expect, it } from '@jest/globals';
import { checkInput } from './check-input.js';
import { checkInputSchema, MAX_SCHEMA_CHARACTERS } from './input-schema.js';
import type { JsonSchema } from './json-schema.js';
import { lookUpPath } from './look-up-path.js';
import { schemaOfConstant } from './schema-of-constant.js';

describe('lookUpPath', () => {
  const lead: JsonSchema = {
    type: 'object',
    properties: { email: { type: 'string' }, score: { type: ['integer', 'null'] } },
    additionalProperties: false,
  };
  it.each<[JsonSchema, (string | number)[], object]>([
    [true, ['a'], { state: 'unknown' }],
    [{ properties: { lead } }, ['lead', 'email'], { state: 'known', kind: 'string' }],
    [{ properties: { lead } }, ['lead', 'score'], { state: 'known', kind: 'dyn' }],
    [{ properties: { lead } }, ['lead', 'mail'], { state: 'absent', at: 1, listed: ['email', 'score'] }],
    [{ properties: { lead } }, ['led'], { state: 'unlisted', at: 0, listed: ['lead'] }],
    [{ properties: { lead } }, ['lead', 'email', 'x'], { state: 'absent', at: 2 }],
    [{ type: 'object' }, ['x'], { state: 'unknown' }],
    [{ properties: { a: true }, allOf: [{ properties: { b: true } }] }, ['b'], { state: 'unknown' }],
    [{ properties: { a: true }, patternProperties: { '^x': true }, additionalProperties: false }, ['b'], { state: 'unknown' }],
    [{ additionalProperties: { type: 'number' } }, ['any'], { state: 'known', kind: 'double' }],
    [{ type: 'array', items: { type: 'boolean' } }, [3], { state: 'known', kind: 'bool' }],
    [{ prefixItems: [{ type: 'null' }] }, [0], { state: 'known', kind: 'null' }],
    [{ type: 'array', items: true }, ['x'], { state: 'absent', at: 0 }],
    [{ type: 'object' }, [0], { state: 'absent', at: 0 }],
    [
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { properties: { c: { type: 'string' } } } } },
      ['c'],
      { state: 'known', kind: 'string' },
    ],
    [{ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }, ['c'], { state: 'unknown' }],
    [{ $ref: 'https://example.com' }, ['c'], { state: 'unknown' }],
    [{ $ref: '#/%zz' }, ['c'], { state: 'unknown' }],
    [{ properties: JSON.parse('{"__proto__": {"type": "string"}}') }, ['__proto__'], { state: 'known', kind: 'string' }],
    [{ properties: { a: true } }, ['constructor'], { state: 'unlisted' }],
    [schemaOfConstant({ a: { b: [1, 'x'] } }), ['a', 'b', 1], { state: 'known', kind: 'string' }],
    [schemaOfConstant({ a: 1 }), ['toString'], { state: 'absent' }],
  ])('%j at %j', (schema, segments, knowledge) => {
    expect(lookUpPath(schema, segments)).toMatchObject(knowledge);
  });
});

describe('checkInput', () => {
  const mismatches = (input: Parameters<typeof checkInput>[0], schema: JsonSchema): string[] =>
    checkInput(input, schema, new Map()).map(({ pointer }) => pointer);
  it.each<[Parameters<typeof checkInput>[0], JsonSchema, string[]]>([
    [{ a: 1 }, true, []],
    [{ a: 1 }, false, ['']],
    [{ a: 1.5, b: 1 }, { properties: { a: { type: 'integer' }, b: { type: 'number' } } }, ['/a']],
    [{ a: '${ payload.a }', b: 'x ${ payload.a }' }, { properties: { a: { enum: ['x'] }, b: { const: 1 } } }, []],
    [{ a: 'y', b: null }, { properties: { a: { enum: ['x'] }, b: { const: 1 } } }, ['/a', '/b']],
    [{ a: {} }, { allOf: [{ required: ['b'] }, { properties: { a: { required: ['c'] } } }] }, ['/b', '/a/c']],
    [{ x1: 'a', y: 1 }, { additionalProperties: { type: 'number' } }, ['/x1']],
    [{ x1: 'a' }, { patternProperties: { '^x': { type: 'number' } }, additionalProperties: false }, []],
    [['a', 1, true], { prefixItems: [{ type: 'number' }], items: { type: 'number' } }, ['/0', '/2']],
    [
      { a: { a: { a: 1 } } },
      { $ref: '#/$defs/node', $defs: { node: { type: 'object', properties: { a: { $ref: '#/$defs/node' } } } } },
      ['/a/a/a'],
    ],
    [{ a: [] }, { properties: { a: { type: ['object', 'string'] } } }, ['/a']],
  ])('%j against %j', (input, schema, pointers) => {
    expect(mismatches(input, schema)).toEqual(pointers);
  });
});

describe('checkInputSchema', () => {
  it('accepts what JSON Schema 2020-12 allows', () => {
    for (const schema of [
      true,
      false,
      {},
      {
        $defs: { a: {} },
        properties: { $ref: { type: 'string' }, pattern: { $ref: '#/$defs/a' } },
        examples: [{ $ref: 'x' }],
        const: { pattern: '(' },
      },
    ]) {
      expect(checkInputSchema(schema)).toEqual([]);
    }
  });

  it('refuses one that is too large', () => {
    expect(checkInputSchema({ description: 'x'.repeat(MAX_SCHEMA_CHARACTERS) })).toMatchObject([{ pointer: '' }]);
  });
});
