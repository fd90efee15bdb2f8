import { describe, expect, it } from '@jest/globals';
import { exportSchemas } from '../../src/index.js';
import { findBreaks } from './find-breaks.js';
import { readCompat, SNAPSHOT } from './golden-messages.js';
import type { JsonSchema } from './json-schema.js';

type Documents = Record<string, JsonSchema>;
const released = readCompat(SNAPSHOT) as Documents;
const today = exportSchemas() as Documents;

describe('the schemas of today against those of v1', () => {
  it('has every document that was released', () => {
    expect(Object.keys(released).filter((name) => today[name] === undefined)).toEqual([]);
  });

  it.each(Object.keys(released))('breaks nothing in %s', (name) => {
    expect(findBreaks(released[name] ?? {}, today[name] ?? {})).toEqual([]);
  });
});

/** Every object schema inside, with what would be a break at each of its members. */
function* objectsIn(schema: JsonSchema): Generator<JsonSchema> {
  if (schema.properties !== undefined) yield schema;
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.items === undefined ? [] : [schema.items]),
  ];
  for (const part of parts) yield* objectsIn(part);
}

type Mutation = (object: JsonSchema, key: string) => void;
const remove: Mutation = (object, key) => {
  delete object.properties?.[key];
  object.required = (object.required ?? []).filter((name) => name !== key);
};
const MUTATIONS: Record<string, Mutation> = {
  removes: remove,
  renames: (object, key) => {
    const member = object.properties?.[key] as JsonSchema;
    const required = object.required?.includes(key);
    remove(object, key);
    object.properties = { ...object.properties, [`${key}_renamed`]: member };
    if (required) object.required = [...(object.required ?? []), `${key}_renamed`];
  },
  'changes the type of': (object, key) => {
    const members = object.properties as Record<string, JsonSchema>;
    members[key] = { type: members[key]?.type === 'null' ? 'boolean' : 'null' };
  },
  'changes whether one must send': (object, key) => {
    const required = object.required ?? [];
    object.required = required.includes(key) ? required.filter((name) => name !== key) : [...required, key];
  },
  'adds a required one beside': (object) => {
    object.properties = { ...object.properties, added: { type: 'string' } };
    object.required = [...(object.required ?? []), 'added'];
  },
};

/** Every document with one change, at every member of every object in turn. */
function* changedOnce(mutate: Mutation): Generator<{ name: string; key: string; after: JsonSchema }> {
  for (const [name, schema] of Object.entries(today)) {
    const places = [...objectsIn(schema)].flatMap((object, index) =>
      Object.keys(object.properties ?? {}).map((key) => ({ index, key })),
    );
    for (const { index, key } of places) {
      const after = structuredClone(schema);
      mutate([...objectsIn(after)][index] as JsonSchema, key);
      yield { name, key, after };
    }
  }
}

describe('findBreaks', () => {
  it.each(Object.entries(MUTATIONS))('sees a change that %s a member, at every place of every schema', (_what, mutate) => {
    let count = 0;
    const overlooked = [];
    for (const { name, key, after } of changedOnce(mutate)) {
      count += 1;
      if (findBreaks(today[name] ?? {}, after).length === 0) overlooked.push(`${name} ${key}`);
    }
    expect(count).toBeGreaterThan(200);
    expect(overlooked).toEqual([]);
  });

  it('lets a new optional member pass, at every place', () => {
    const add: Mutation = (object) => {
      object.properties = { ...object.properties, added: { type: 'string', minLength: 1 } };
    };
    for (const { name, after } of changedOnce(add)) expect(findBreaks(today[name] ?? {}, after)).toEqual([]);
  });

  const union: JsonSchema = {
    anyOf: [
      { type: 'string', const: 'halt' },
      { type: 'object', properties: { goto: { type: 'string' } }, required: ['goto'] },
    ],
  };
  it.each<[string, JsonSchema, JsonSchema, string[]]>([
    ['an alternative that is gone', union, { anyOf: [union.anyOf?.[0] as JsonSchema] }, ['removed #({ goto })']],
    ['a union that has become its only alternative', union, { type: 'string', const: 'halt' }, ['removed #({ goto })']],
    ['an enum that lost a member', { enum: ['a', 'b'] }, { enum: ['a'] }, ['removed #']],
    ['a text that has become an enum', { type: 'string' }, { type: 'string', enum: ['a'] }, ['changed #']],
    ['another const', { const: 'a' }, { const: 'b' }, ['changed #']],
    ['a number that must be whole', { type: 'number' }, { type: 'integer' }, ['changed #']],
    ['anything that has become a text', {}, { type: 'string' }, ['changed #']],
    ['a higher minimum', { minimum: 0 }, { minimum: 1 }, ['narrowed #']],
    ['a maximum where none was', {}, { maxLength: 5 }, ['narrowed #']],
    ['another pattern', { pattern: '^a' }, { pattern: '^b' }, ['narrowed #']],
    ['a format where none was', { type: 'string' }, { type: 'string', format: 'uuid' }, ['narrowed #']],
    ['an object that was open', { type: 'object' }, { type: 'object', additionalProperties: false }, ['narrowed #']],
    ['other items', { items: { type: 'string' } }, { items: { type: 'number' } }, ['changed #[]']],
    [
      'values of a map',
      { patternProperties: { '^.*$': {} } },
      { patternProperties: { '^.*$': { type: 'string' } } },
      ['changed #{^.*$}'],
    ],
    [
      'a change inside an alternative',
      union,
      {
        anyOf: [union.anyOf?.[0] as JsonSchema, { type: 'object', properties: { goto: { type: 'number' } }, required: ['goto'] }],
      },
      ['changed #({ goto })/goto'],
    ],
  ])('sees %s', (_what, before, after, expected) => {
    expect(findBreaks(before, after).map(({ what, at }) => `${what} ${at}`)).toEqual(expected);
  });

  it.each<[string, JsonSchema, JsonSchema]>([
    ['a new alternative', union, { anyOf: [{ type: 'number' }, ...(union.anyOf ?? [])] }],
    ['a union around what was alone', { type: 'string' }, { anyOf: [{ type: 'null' }, { type: 'string' }] }],
    ['a new member of an enum', { enum: ['a'] }, { enum: ['b', 'a'] }],
    ['wider bounds', { minimum: 1, maxLength: 3, format: 'uuid' }, { maxLength: 4 }],
    ['an object that has been opened', { type: 'object', additionalProperties: false }, { type: 'object' }],
  ])('lets %s pass', (_what, before, after) => {
    expect(findBreaks(before, after)).toEqual([]);
  });

  it('refuses to judge a keyword that it does not know', () => {
    expect(() => findBreaks({}, { not: {} } as JsonSchema)).toThrow(/not/);
  });
});
