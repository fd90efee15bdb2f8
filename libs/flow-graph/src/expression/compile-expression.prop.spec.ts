import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from '@flows/contracts';
import { compileExpression } from './compile-expression.js';

type Context = { payload: JsonValue; steps: JsonValue };
const names = ['payload', 'steps'];

/** Text that is nearly CEL: pieces of it in any order. */
const pieces = fc.constantFrom(
  ...[
    'payload',
    'steps',
    '.a',
    '.b',
    '["a"]',
    '[0]',
    '[-1]',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '?',
    '+',
    '-',
    '*',
    '/',
    '%',
    '==',
    '!=',
    '<',
    '>=',
    '&&',
    '||',
    '!',
    ' in ',
    ' ',
  ],
  ...[
    '1',
    '0',
    '2.5',
    '"a"',
    "'x'",
    'true',
    'null',
    'x',
    'has(',
    'default(',
    'size(',
    'string(',
    'int(',
    'timestamp(',
    'duration(',
    '.map(x, ',
    '.filter(x, ',
    '.exists(x, ',
    '.all(x, ',
  ],
  ...[
    '.matches("(a*)*b")',
    '.contains(',
    '.split(',
    '.join(',
    '.substring(',
    '.getHours()',
    '"1h"',
    '"2026-03-01T09:30:00Z"',
    '__proto__',
    '.constructor',
    '9223372036854775807',
    '//',
    '\\',
    '\n',
  ],
);
const nearlyCel = fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join(''));

/** Expressions that parse, over `payload`. */
const { expression } = fc.letrec<{ expression: string; path: string }>((tie) => ({
  path: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('payload', 'payload.a', 'payload.b', 'payload.list', 'payload.text', 'payload.n', 'x'),
    fc.tuple(tie('path'), fc.constantFrom('.a', '["b"]', '[0]', '[payload.n]')).map((p) => p.join('')),
  ),
  expression: fc.oneof(
    { depthSize: 'small' },
    tie('path'),
    fc.constantFrom(
      '1',
      '0',
      '-3',
      '2.5',
      '"a"',
      '""',
      'true',
      'false',
      'null',
      '[1, "a"]',
      '{"a": 1}',
      'timestamp(0)',
      'duration("1h")',
    ),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '<=', '&&', '||', 'in'),
        tie('expression'),
      )
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('map', 'filter', 'exists', 'all', 'exists_one'), tie('expression'))
      .map(([a, loop, b]) => `(${a}).${loop}(x, ${b})`),
    fc
      .tuple(fc.constantFrom('size', 'string', 'int', 'double', 'dyn', 'bool', 'timestamp', 'duration'), tie('expression'))
      .map(([name, a]) => `${name}(${a})`),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('contains', 'startsWith', 'indexOf', 'split', 'join', 'substring'),
        tie('expression'),
      )
      .map(([a, name, b]) => `(${a}).${name}(${b})`),
    fc.tuple(tie('path'), tie('expression')).map(([path, b]) => `default(${path}, ${b})`),
    tie('path').map((path) => `has(${path}.a)`),
    fc.tuple(fc.constantFrom('!', '-'), tie('expression')).map(([op, a]) => `${op}(${a})`),
  ),
}));
const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
const list = fc.oneof(fc.constant(Array.from({ length: 3_000 }, (_, index) => index)), fc.array(json, { maxLength: 4 }));
const payload = fc.record({
  a: json,
  b: json,
  list,
  text: fc.oneof(fc.string(), fc.constant('a'.repeat(50_000))),
  // Data is JSON: the edges refuse numbers beyond a double (1e400), so none of them is infinite.
  n: fc.oneof(fc.integer({ min: -2, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
}) as fc.Arbitrary<JsonValue>;

describe('compileExpression', () => {
  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), nearlyCel), (source) => {
        const compiled = compileExpression<Context>(source, { names });
        if (!compiled.ok) expect(compiled.message).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('evaluation', () => {
  it('never throws, yields JSON, is deterministic, leaves its data alone and ends in time', () => {
    let slowestMs = 0;
    fc.assert(
      fc.property(fc.oneof(nearlyCel, expression), payload, json, (source, data, steps) => {
        const compiled = compileExpression<Context>(source, { names });
        if (!compiled.ok) return;
        const context = { payload: data, steps };
        const before = JSON.stringify(context);
        const usedBefore = process.cpuUsage();
        const result = compiled.expression.evaluate(context);
        const used = process.cpuUsage(usedBefore);
        slowestMs = Math.max(slowestMs, (used.user + used.system) / 1_000);
        const again = compiled.expression.evaluate(context);
        expect(JSON.stringify(again) === JSON.stringify(result)).toBe(true);
        expect(JSON.stringify(context) === before).toBe(true);
        if (result.ok) expect(isJson(result.value)).toBe(true);
        const tested = compiled.expression.test(context);
        if (result.ok && typeof result.value === 'boolean') expect(tested).toEqual(result);
        else expect(tested.ok).toBe(false);
      }),
      { numRuns: 2_000 },
    );
    // Processor time, with room for the collector and the compiler of the host: the budget alone allows some 30 ms.
    expect(slowestMs).toBeLessThan(250);
  });

  it('agrees with the library whose grammar it uses, where both have a value', () => {
    const other = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
    fc.assert(
      fc.property(expression, payload, (source, data) => {
        const mine = compileExpression<Context>(source, { names });
        if (!mine.ok) return;
        const result = mine.expression.evaluate({ payload: data, steps: null });
        const theirs = theirValue(other, source, { payload: data, steps: null });
        if (result.ok && theirs !== undefined)
          expect(JSON.stringify(result.value) === theirs ? '' : `${source} is ${theirs.slice(0, 200)}`).toBe('');
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Plain JSON through and through: no int, timestamp, duration or number that JSON cannot write is left. */
function isJson(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value === null || typeof value !== 'object') return ['string', 'boolean', 'object'].includes(typeof value);
  if (Array.isArray(value)) return value.every(isJson);
  return Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
    ? Object.values(value).every(isJson)
    : false;
}

/** The library's result as JSON, or undefined where it has none or where the two differ on purpose. */
function theirValue(environment: Environment, source: string, context: Context): string | undefined {
  // has() is total here; `timestamp`, `duration` and texts of numbers are written differently; `default` is ours alone.
  if (/has\(|default\(|timestamp|duration|string\(/.test(source)) return undefined;
  try {
    const value: unknown = environment.evaluate(source, context);
    return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? Number(member) : member));
  } catch {
    return undefined;
  }
}
