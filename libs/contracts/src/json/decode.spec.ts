import { describe, expect, it } from '@jest/globals';
import Type from 'typebox';
import { compileDecoder, escapePointer, MAX_PROBLEMS, type SchemaProblem } from './decode.js';

const strict = { additionalProperties: false };
const decode = compileDecoder<unknown>(
  Type.Object(
    {
      name: Type.String({ minLength: 1 }),
      count: Type.Optional(Type.Integer({ minimum: 0 })),
      'a/b~c #%ü': Type.Optional(Type.Object({ x: Type.Optional(Type.Integer()) }, strict)),
      list: Type.Optional(Type.Array(Type.Object({ id: Type.String() }, strict))),
    },
    strict,
  ),
);
const problemsOf = (value: unknown): SchemaProblem[] => {
  const decoded = decode(value);
  return decoded.ok ? [] : decoded.problems;
};
const placesOf = (value: unknown): string[] => problemsOf(value).map(({ pointer, code }) => `${pointer} ${code}`);

/** RFC 6901 section 6: what a reader of the fragment does. */
const segmentsOf = (pointer: string): string[] =>
  decodeURIComponent(pointer)
    .slice(1)
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));

describe('compileDecoder', () => {
  it('hands on the value itself', () => {
    const value = { name: 'x', list: [{ id: '1' }] };
    const decoded = decode(value);
    expect(decoded.ok && decoded.value).toBe(value);
  });

  it('names every problem with its place', () => {
    expect(placesOf({ count: -1, list: [{ id: 1 }, {}, { id: 'x', more: 1 }], extra: 1 }).sort()).toEqual(
      [
        '#/name required',
        '#/count minimum',
        '#/list/0/id type',
        '#/list/1/id required',
        '#/list/2/more unknown_key',
        '#/extra unknown_key',
      ].sort(),
    );
    expect(placesOf(null)).toEqual(['# type']);
  });

  it('reports an unknown key once', () => {
    expect(problemsOf({ name: 'x', extra: 1 })).toEqual([
      { pointer: '#/extra', code: 'unknown_key', message: 'Unknown key "extra"' },
    ]);
  });

  it('says something however many problems there are', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key${index}`, index]));
    expect(placesOf({ name: 'x', ...many })).toHaveLength(MAX_PROBLEMS);
    expect(placesOf({ name: 'x', list: Array.from({ length: 20 }, () => ({ id: 1 })) })).toHaveLength(20);
  });

  it.each([
    'a/b',
    'a~b',
    '~1',
    '~01',
    '/',
    '',
    ' ',
    '%41',
    '#',
    '?',
    'ü',
    '漢字',
    '🚀',
    '"',
    '\\',
    '\0',
    '\n',
    '__proto__',
    'constructor',
    'toString',
  ])('points at the unknown key %j so that a reader finds it', (key) => {
    const value = JSON.parse(`{ "name": "x", ${JSON.stringify(key)}: 1 }`) as unknown;
    const problems = problemsOf(value);
    expect(problems.map(({ pointer, code }) => [segmentsOf(pointer), code])).toEqual([[[key], 'unknown_key']]);
    expect(problems[0]?.pointer).toBe(`#/${escapePointer(key)}`);
    expect(problems[0]?.pointer).toMatch(/^#[\w\-.~!*'()%/]*$/);
    expect(problems[0]?.message).toBe(`Unknown key ${JSON.stringify(key)}`);
  });

  it('escapes the keys on the way to a problem too', () => {
    const [problem] = problemsOf({ name: 'x', 'a/b~c #%ü': { x: 'no', 'y/z': 1 } });
    expect(problem?.pointer).toBe('#/a~1b~0c%20%23%25%C3%BC/y~1z');
    expect(placesOf({ name: 'x', 'a/b~c #%ü': { x: 'no' } })).toEqual(['#/a~1b~0c%20%23%25%C3%BC/x type']);
  });

  it('does not trip over half of a surrogate pair', () => {
    expect(problemsOf({ name: 'x', 'a\uD800': 1 })).toEqual([
      { pointer: '#/a%EF%BF%BD', code: 'unknown_key', message: 'Unknown key "a\\ud800"' },
    ]);
    expect(escapePointer('\uDC00')).toBe('%EF%BF%BD');
  });
});
