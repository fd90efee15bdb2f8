import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@flows/contracts';
import { AgentError } from '../agent-error.js';
import { findSchemaProblems, listProblems } from './agent-schemas.js';

describe('findSchemaProblems', () => {
  it('names every place', () => {
    const schema = {
      type: 'object',
      properties: { n: { type: 'number' }, k: { enum: ['a'] } },
      required: ['n', 'm'],
      additionalProperties: false,
    };
    expect(listProblems(findSchemaProblems(schema, { n: 'x', k: 'b', z: 1 }))).toBe(
      '#/m: "m" is required; #/z: Unknown key "z"; #/n: The value must be number; ' +
        '#/k: The value must be equal to one of the allowed values: ["a"]',
    );
  });

  it('keeps several patterns apart', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^a+$' }, b: { type: 'string', pattern: '^b+$' } },
    };
    expect(findSchemaProblems(schema, { a: 'aa', b: 'bb' })).toEqual([]);
    expect(findSchemaProblems(schema, { a: 'bb', b: 'aa' })).toHaveLength(2);
  });

  it('matches a pattern in linear time', () => {
    const started = performance.now();
    expect(findSchemaProblems({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(5_000)}!`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it.each<JsonObject>([
    { type: 'nonsense' },
    { $ref: 'https://example.com/schema.json' },
    { type: 'string', pattern: '(?=look)ahead' },
  ])('says that a schema is wrong: %j', (schema) => {
    expect(() => findSchemaProblems(schema, 'x')).toThrow(AgentError);
  });

  it('lets equal ids of two schemas live side by side', () => {
    expect(findSchemaProblems({ $id: 'same', type: 'string' }, 'x')).toEqual([]);
    expect(findSchemaProblems({ $id: 'same', type: 'number' }, 'x')).toHaveLength(1);
  });
});
