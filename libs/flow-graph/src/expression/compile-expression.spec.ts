import { describe, expect, it } from '@jest/globals';
import type { JsonValue } from '@flows/contracts';
import type { Evaluation } from '../plan/flow-plan.js';
import { compileExpression, type ExpressionOptions } from './compile-expression.js';
import { MAX_EXPRESSION_CHARACTERS } from './parse-cel.js';

function problemOf(source: string, options?: ExpressionOptions): { code: string; message: string } | null {
  const compiled = compileExpression(source, options);
  return compiled.ok ? null : { code: compiled.code, message: compiled.message };
}

function evaluate(source: string, payload: JsonValue): Evaluation {
  const compiled = compileExpression<{ payload: JsonValue }>(source, { names: ['payload'] });
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.expression.evaluate({ payload });
}

describe('what is refused before any data is there', () => {
  it.each([
    ['', 'invalid_expression', 'missing'],
    ['   ', 'invalid_expression', 'missing'],
    ['payload.', 'invalid_expression', 'Expected'],
    ['payload.n >', 'invalid_expression', 'character'],
    ['payload.n = 1', 'invalid_expression', 'Unexpected character'],
    ['nobody.n', 'unknown_reference', 'payload, inputs, trigger, run, steps'],
    ['now() > 1', 'invalid_expression', 'no function "now"'],
    ['now > timestamp(0)', 'unknown_reference', 'cannot read the clock'],
    ['event.data', 'unknown_reference', '"event"'],
    ['payload.name.reverse()', 'invalid_expression', 'no method "reverse"'],
    ['contains(payload.name, "a")', 'invalid_expression', 'x.contains('],
    ['type(payload.n)', 'invalid_expression', 'no function "type"'],
    ['cel.bind(x, payload.n, x)', 'invalid_expression', 'no method "bind"'],
    ['b"abc"', 'invalid_expression', 'bytes'],
    ['1u', 'invalid_expression', 'unsigned'],
    ['payload.__proto__', 'invalid_expression', '__proto__'],
    ['payload["__proto__"]', 'invalid_expression', '__proto__'],
    ['{"__proto__": 1}', 'invalid_expression', '__proto__'],
    ['{1: 2}', 'type_mismatch', 'a key is a text'],
    ['"a" + 1', 'type_mismatch', 'string('],
    ['"a" * 2', 'type_mismatch', '"*"'],
    ['1 == "a"', 'type_mismatch', 'never equal'],
    ['1 < "a"', 'type_mismatch', 'got a number and a text'],
    ['!"a"', 'type_mismatch', 'must be a boolean'],
    ['1 && true', 'type_mismatch', 'must be a boolean'],
    ['1 ? 2 : 3', 'type_mismatch', 'must be a boolean'],
    ['-"a"', 'type_mismatch', 'needs a number'],
    ['1 in 2', 'type_mismatch', '"in" looks into'],
    ['size(1)', 'type_mismatch', 'size does not take a number'],
    ['"a".contains(1)', 'type_mismatch', 'contains does not take'],
    ['"abc".size().x', 'type_mismatch', 'has no keys'],
    ['"a".map(x, x)', 'type_mismatch', 'needs a list'],
    ['[1].filter(x, 1)', 'type_mismatch', 'must be a boolean'],
    ['has(payload)', 'invalid_expression', 'has(…) takes one path'],
    ['has(1 + 1)', 'invalid_expression', 'has(…) takes one path'],
    ['default(payload.n)', 'invalid_expression', 'default(…) takes'],
    ['[1].map(x.y, 1)', 'invalid_expression', 'variable'],
    ['[1].all(a, [1].all(b, [1].all(c, true)))', 'invalid_expression', 'at most 2 loops'],
    ['payload.name.matches(payload.pattern)', 'invalid_expression', 'in quotes'],
    ['payload.name.matches("(a")', 'invalid_expression', 'never closed'],
    ['payload.name.matches("(?=a)")', 'invalid_expression', 'lookaround'],
    ['payload.name.matches("(a)\\\\1")', 'invalid_expression', 'backreferences'],
    ['payload.name.matches("((a{1000}){1000}){1000}")', 'invalid_expression', 'too large'],
    ['payload.name.matches("((((){1000}){1000}){1000}){1000}")', 'invalid_expression', 'too large'],
  ])('%s', (source, code, part) => {
    expect(problemOf(source)).toEqual({ code, message: expect.stringContaining(part) });
  });

  it('is too long', () => {
    expect(problemOf(`"${'x'.repeat(MAX_EXPRESSION_CHARACTERS)}"`)?.code).toBe('invalid_expression');
  });

  it('is nested too deeply, whatever nests', () => {
    for (const text of [
      '('.repeat(2000),
      '['.repeat(2000),
      '!'.repeat(4000),
      '-'.repeat(4000),
      `${'('.repeat(60)}1${')'.repeat(60)}`,
      `payload${'.a'.repeat(1500)}`,
    ]) {
      expect(problemOf(text)?.code).toBe('invalid_expression');
    }
  });

  it('has too many parts', () => {
    expect(problemOf(Array.from({ length: 600 }, () => '1').join('+'))?.message).toContain('maxAstNodes');
  });
});

describe('names and references', () => {
  it('takes other names than those of a flow', () => {
    const compiled = compileExpression<{ event: JsonValue }>('event.data.score > 1 && event.type == "lead.updated"', {
      names: ['event'],
    });
    if (!compiled.ok) throw new Error(compiled.message);
    expect(compiled.expression.test({ event: { type: 'lead.updated', data: { score: 2 } } })).toEqual({ ok: true, value: true });
    expect(problemOf('payload.n', { names: ['event'] })?.code).toBe('unknown_reference');
  });

  it('tells every path that is read, as far as it is fixed', () => {
    const compiled = compileExpression(
      'steps.a.output.list[0].x + default(payload["odd key"].y, 1) + steps[payload.name].output + size(steps.b.output.map(payload, payload.z))',
    );
    expect(
      compiled.ok &&
        compiled.references.map(({ root, segments, optional, computed }) => ({ path: [root, ...segments], optional, computed })),
    ).toEqual([
      { path: ['steps', 'a', 'output', 'list', 0, 'x'], optional: false, computed: false },
      { path: ['payload', 'odd key', 'y'], optional: true, computed: false },
      { path: ['payload', 'name'], optional: false, computed: false },
      { path: ['steps'], optional: false, computed: true },
      { path: ['steps', 'b', 'output'], optional: false, computed: false },
    ]);
  });

  it('knows the kind of a result where it can be known', () => {
    const kindOf = (source: string): unknown => {
      const compiled = compileExpression(source, { kindOfReference: (root) => (root === 'payload' ? 'string' : 'dyn') });
      return compiled.ok && compiled.kind;
    };
    expect(
      [
        '1 + 1',
        '1 + 1.5',
        'run.version + 1',
        'payload.x',
        'payload.x + "y"',
        '[1]',
        'run.version > 1',
        'run.version',
        'timestamp(0) - timestamp(1)',
      ].map(kindOf),
    ).toEqual(['int', 'double', 'dyn', 'string', 'string', 'list', 'bool', 'dyn', 'duration']);
    expect(problemOf('payload.x > 5', { kindOfReference: () => 'string' })?.code).toBe('type_mismatch');
  });
});

describe('data from outside', () => {
  it('reads own properties only, and keeps a key that looks like the prototype as data', () => {
    const payload = JSON.parse('{"__proto__": {"admin": true}, "o": {"__proto__": {"x": 1}, "y": 2}}') as JsonValue;
    expect(evaluate('has(payload.admin)', payload)).toEqual({ ok: true, value: false });
    expect(evaluate('has(payload.hasOwnProperty)', payload)).toEqual({ ok: true, value: false });
    const copied = evaluate('[payload.o, 1]', payload);
    expect(copied.ok && JSON.stringify(copied.value)).toBe('[{"__proto__":{"x":1},"y":2},1]');
    expect(copied.ok && Object.getPrototypeOf((copied.value as JsonValue[])[0])).toBe(Object.prototype);
    expect(evaluate('{payload.k: 1}', { k: '__proto__' })).toMatchObject({ ok: false, code: 'invalid_argument' });
  });

  it('says that a name is not given when the context lacks it', () => {
    const compiled = compileExpression<object>('payload.n');
    expect(compiled.ok && compiled.expression.evaluate({})).toMatchObject({ ok: false, code: 'no_such_key' });
  });

  it('fails softly on data that is nested very deep', () => {
    let deep: JsonValue = 1;
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    expect(evaluate('payload == payload', deep)).toEqual({ ok: true, value: true });
    expect(evaluate('payload == [payload]', deep)).toMatchObject({ ok: false, code: 'cost_exceeded' });
    expect(evaluate('[payload, 1 + 1]', deep)).toMatchObject({ ok: false, code: 'cost_exceeded' });
  });
});

describe('the budget', () => {
  const numbers = Array.from({ length: 10_000 }, (_, index) => index);
  const text = 'a'.repeat(200_000);

  it.each([
    ['nested loops', 'payload.numbers.map(a, payload.numbers.map(b, a * b))'],
    ['nested loops that fail', 'payload.numbers.exists(a, payload.numbers.exists(b, b.x))'],
    ['failures that || absorbs', 'payload.numbers.map(a, payload.numbers.map(b, b.x || true))'],
    ['lists that grow', 'payload.numbers.map(a, payload.numbers + payload.numbers)'],
    ['texts that grow', 'payload.numbers.map(a, payload.text + payload.text)'],
    ['comparisons of large values', 'payload.numbers.map(a, payload.numbers == payload.numbers + [])'],
    ['searches', 'payload.numbers.map(a, payload.text.contains("b"))'],
    ['membership', 'payload.numbers.map(a, -1 in payload.numbers)'],
    ['patterns', 'payload.numbers.map(a, payload.text.matches("(a+)+$b"))'],
    ['repeated large results', 'payload.numbers.map(a, [payload.numbers, payload.text])'],
    ['splits', 'payload.numbers.map(a, payload.text.split(""))'],
    ['time zones', 'payload.numbers.map(a, timestamp(a).getHours("Europe/Berlin"))'],
  ])('ends %s', (_, source) => {
    expect(evaluate(source, { numbers, text })).toMatchObject({ ok: false, code: 'cost_exceeded' });
  });

  it('is not absorbed by a side that would decide', () => {
    expect(evaluate('payload.numbers.map(a, payload.numbers.map(b, a * b)) == [] || true', { numbers, text })).toMatchObject({
      code: 'cost_exceeded',
    });
  });

  it('refuses a loop over a list that is too long', () => {
    expect(
      evaluate(
        'payload.all(x, true)',
        Array.from({ length: 10_001 }, () => 1),
      ),
    ).toMatchObject({ ok: false, code: 'invalid_argument' });
  });

  it('allows ordinary work on large lists', () => {
    expect(evaluate('size(payload.numbers.filter(n, n % 2 == 0).map(n, n * 2))', { numbers })).toEqual({ ok: true, value: 5000 });
    expect(evaluate('payload.text.matches("(a+)+b")', { text: text.slice(0, 10_000) })).toEqual({ ok: true, value: false });
  });

  it('is whole again for the next evaluation', () => {
    const compiled = compileExpression<{ payload: JsonValue }>('payload.map(a, payload.map(b, a)).size()', {
      names: ['payload'],
    });
    if (!compiled.ok) throw new Error(compiled.message);
    expect(compiled.expression.evaluate({ payload: numbers })).toMatchObject({ ok: false, code: 'cost_exceeded' });
    expect(compiled.expression.evaluate({ payload: [1, 2] })).toEqual({ ok: true, value: 2 });
  });
});

describe('test', () => {
  it('wants a boolean', () => {
    const compiled = compileExpression<{ payload: JsonValue }>('payload', { names: ['payload'] });
    if (!compiled.ok) throw new Error(compiled.message);
    expect(compiled.expression.test({ payload: true })).toEqual({ ok: true, value: true });
    expect(compiled.expression.test({ payload: false })).toEqual({ ok: true, value: false });
    expect(compiled.expression.test({ payload: 'true' })).toEqual({
      ok: false,
      code: 'type_mismatch',
      message: 'payload: must be a boolean, it is a text',
    });
  });
});
