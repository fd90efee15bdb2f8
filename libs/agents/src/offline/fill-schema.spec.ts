import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@flows/contracts';
import { findSchemaProblems } from '../schema/agent-schemas.js';
import { fillSchema } from './fill-schema.js';
import { scoreLead } from './lead-score.js';

const strong = {
  lead: {
    name: 'Ada',
    email: 'ada@acme.com',
    title: 'VP Sales',
    company: { name: 'Acme', employees: 450, industry: 'Software' },
  },
};
const weak = { lead: { name: 'Bo', title: 'Intern', company: { name: 'Tiny', employees: 2, industry: 'Bakery' } } };

describe('scoreLead', () => {
  it('rises with size, seniority and industry', () => {
    expect(scoreLead(strong)).toBe(90);
    expect(scoreLead(weak)).toBe(28);
    expect(scoreLead({})).toBe(10);
  });
});

describe('fillSchema', () => {
  const enriched: JsonObject = {
    type: 'object',
    properties: {
      score: { type: 'integer', minimum: 0, maximum: 100 },
      confidence: { type: 'number', minimum: 0, maximum: 1 },
      email: { type: 'string', format: 'email' },
      summary: { type: 'string', maxLength: 200 },
      industry: { enum: ['Retail', 'Software', 'Other'] },
      qualified: { type: 'boolean' },
      company: { type: 'object', properties: { name: { type: 'string' }, employees: { type: 'integer' } }, required: ['name'] },
      tags: { type: 'array', items: { type: 'string' } },
    },
    required: ['score', 'email', 'industry'],
  };

  it('computes, copies and chooses from the input, and says who made it', () => {
    const output = fillSchema(enriched, strong);
    expect(output).toEqual({
      score: 90,
      confidence: 0.9,
      email: 'ada@acme.com',
      summary: 'Made by offline rules from name Ada, title VP Sales, company Acme, industry Software, employees 450.',
      industry: 'Software',
      qualified: true,
      company: { name: 'Ada', employees: 450 },
      tags: [],
      made_by: 'offline',
    });
    expect(findSchemaProblems(enriched, output)).toEqual([]);
    expect(fillSchema(enriched, strong)).toEqual(output);
  });

  it('adds no key that the schema forbids', () => {
    const closed: JsonObject = { type: 'object', properties: { score: { type: 'number' } }, additionalProperties: false };
    expect(fillSchema(closed, weak)).toEqual({ score: 28 });
    expect(fillSchema({ ...closed, properties: { made_by: { type: 'string' } } }, weak)).toEqual({ made_by: 'offline' });
  });

  it('resolves references, alternatives and combined schemas', () => {
    const schema: JsonObject = {
      $defs: { node: { type: 'object', properties: { score: { type: 'number' }, next: { $ref: '#/$defs/node' } } } },
      allOf: [
        { type: 'object', properties: { a: { $ref: '#/$defs/node' } } },
        { properties: { b: { anyOf: [{ type: 'null' }, { const: 7 }] } }, required: ['b'] },
      ],
    };
    const output = fillSchema(schema, strong) as JsonObject;
    expect(output['b']).toBe(7);
    expect((output['a'] as JsonObject)['score']).toBe(90);
    expect(findSchemaProblems(schema, output)).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['anything', {}],
    ['a date', { type: 'object', properties: { when: { type: 'string', format: 'date-time' } }, required: ['when'] }],
    [
      'bounds',
      { type: 'object', properties: { n: { type: 'integer', exclusiveMinimum: 3, maximum: 9, multipleOf: 2 } }, required: ['n'] },
    ],
    [
      'a list with a least length',
      { type: 'object', properties: { l: { type: 'array', items: { type: 'string' }, minItems: 2 } }, required: ['l'] },
    ],
    ['a short text', { type: 'object', properties: { t: { type: 'string', minLength: 3, maxLength: 5 } }, required: ['t'] }],
    ['a nullable', { type: 'object', properties: { n: { type: ['null', 'number'] } }, required: ['n'] }],
  ])('fits a schema of %s', (_, schema) => expect(findSchemaProblems(schema, fillSchema(schema, strong))).toEqual([]));
});
