import { describe, expect, it } from '@jest/globals';
import { compileUserSchema, type JsonSchema } from './compile-user-schema.js';

function check(schema: JsonSchema, value: unknown) {
  const compiled = compileUserSchema(schema, '#/input_schema');
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.check(value, '#/payload');
}
function codes(schema: unknown) {
  const compiled = compileUserSchema(schema as JsonSchema, '#/input_schema');
  return compiled.ok ? [] : compiled.problems.map(({ pointer, code }) => [pointer, code]);
}

describe('compileUserSchema', () => {
  it('reports every problem of a value with its pointer', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: ['lead'],
      additionalProperties: false,
      properties: {
        lead: {
          type: 'object',
          required: ['id', 'e/mail'],
          properties: { id: { type: 'string' }, stage: { enum: ['new', 'won'] } },
        },
      },
    };
    expect(check(schema, { lead: { id: 5, stage: 'old' }, extra: 1 })).toEqual([
      { pointer: '#/payload/extra', code: 'unknown_key', message: 'Unknown key "extra"' },
      { pointer: '#/payload/lead/e~1mail', code: 'required', message: '"e/mail" is required' },
      { pointer: '#/payload/lead/id', code: 'type', message: 'The value must be string' },
      {
        pointer: '#/payload/lead/stage',
        code: 'enum',
        message: 'The value must be equal to one of the allowed values: ["new","won"]',
      },
    ]);
    expect(check(schema, { lead: { id: 'l', 'e/mail': 'x' } })).toEqual([]);
  });

  it('takes booleans and the empty schema', () => {
    expect(check(true, 1)).toEqual([]);
    expect(check({}, { any: ['thing'] })).toEqual([]);
    expect(check(false, 1)).toHaveLength(1);
  });

  it('keeps several patterns apart', () => {
    const schema = { properties: { a: { pattern: '^a+$' }, b: { pattern: '^b+$' } } };
    expect(check(schema, { a: 'aa', b: 'bb' })).toEqual([]);
    expect(check(schema, { a: 'bb', b: 'aa' })).toHaveLength(2);
  });

  it('tells a long list of allowed values by its beginning', () => {
    const [problem] = check({ enum: Array.from({ length: 1_000 }, (_, index) => index) }, 'x');
    expect(problem?.message.length).toBeLessThan(300);
  });

  it('runs patterns in linear time', () => {
    const startedAt = performance.now();
    expect(check({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`)).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('refuses what it must not follow or cannot compile', () => {
    expect(codes({ type: 'strin' })).toContainEqual(['#/input_schema/type', 'enum']);
    expect(codes({ $ref: 'https://example.com/schema.json' })).toEqual([['#/input_schema', 'invalid_schema']]);
    expect(codes({ $async: true })).toEqual([['#/input_schema/$async', 'unsupported_keyword']]);
    expect(codes({ $schema: 'http://json-schema.org/draft-07/schema#' })).toEqual([
      ['#/input_schema/$schema', 'unsupported_dialect'],
    ]);
    expect(codes({ pattern: '(?=x)' })).toEqual([['#/input_schema', 'invalid_schema']]);
    expect(codes({ description: 'x'.repeat(40_000) })).toEqual([['#/input_schema', 'schema_too_large']]);
    const deep = Array.from({ length: 20 }).reduce<object>((schema) => ({ not: schema }), {});
    expect(codes(deep)).toEqual([['#/input_schema', 'schema_too_deep']]);
  });

  it('keeps schemas apart that use the same $id', () => {
    expect(check({ $id: 'https://example.com/a', type: 'string' }, 1)).toHaveLength(1);
    expect(check({ $id: 'https://example.com/a', type: 'number' }, 1)).toHaveLength(0);
    expect(codes({ $ref: 'https://example.com/a' })).toEqual([['#/input_schema', 'invalid_schema']]);
  });
});
