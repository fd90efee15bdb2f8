import { describe, expect, it } from '@jest/globals';
import type { JsonValue } from '@flows/contracts';
import type { Evaluation } from '../plan/flow-plan.js';
import { combineMappings, compileMapping, type MappingOptions, type MappingProblem } from './compile-mapping.js';

const payload = {
  n: 4,
  half: 0.5,
  yes: true,
  none: null,
  name: 'Ada Lovelace',
  tags: ['a', 'b'],
  lead: { id: 'l/1 ?#', email: 'ada@example.com' },
  url: 'https://example.com/hook?a=1',
  dots: '..',
  dot: '.',
  half_pair: '\ud800',
};

function resolve(mapping: JsonValue, options: MappingOptions = {}): Evaluation {
  const compiled = compileMapping<{ payload: JsonValue }>(mapping, { names: ['payload'], ...options });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.mapping.resolve({ payload });
}

function problemsOf(mapping: JsonValue, options: MappingOptions = {}): readonly MappingProblem[] {
  const compiled = compileMapping(mapping, options);
  return compiled.ok ? [] : compiled.problems;
}

describe('values', () => {
  it.each<[JsonValue, JsonValue]>([
    [1, 1],
    [null, null],
    ['plain', 'plain'],
    ['${ payload.n }', 4],
    ['${payload.tags}', ['a', 'b']],
    ['${ payload.none }', null],
    ['${ payload.n + 1 }', 5],
    ['n: ${ payload.n }', 'n: 4'],
    ['${ payload.n }${ payload.half }', '40.5'],
    ['${ payload.n * 2.0 }!', '8!'],
    ['yes: ${ payload.yes }, none: [${ payload.none }]', 'yes: true, none: []'],
    ['${ payload.tags } and ${ payload.lead }', '["a","b"] and {"id":"l/1 ?#","email":"ada@example.com"}'],
    ['$${ payload.n } is ${ payload.n }', '${ payload.n } is 4'],
    ['$${ payload.n }', '${ payload.n }'],
    [' ${ payload.n }', ' 4'],
    ['${ {"a": "}"}.a }', '}'],
    ['at ${ timestamp(0) } for ${ duration("90s") }', 'at 1970-01-01T00:00:00Z for 90s'],
    [
      { deep: [{ x: '${ payload.lead.email }' }, 'y'], keep: { a: 1 } },
      { deep: [{ x: 'ada@example.com' }, 'y'], keep: { a: 1 } },
    ],
    [
      { '${ payload.n }': 1, b: '${ payload.n }' },
      { '${ payload.n }': 1, b: 4 },
    ],
  ])('%j', (mapping, value) => {
    expect(resolve(mapping)).toEqual({ ok: true, value });
  });

  it('shares what is constant between results', () => {
    const mapping = { constant: { a: [1] }, b: '${ payload.n }' };
    const compiled = compileMapping<{ payload: JsonValue }>(mapping, { names: ['payload'] });
    if (!compiled.ok) throw new Error('does not compile');
    const [first, second] = [1, 2].map(() => compiled.mapping.resolve({ payload }));
    expect(first).toEqual({ ok: true, value: { constant: { a: [1] }, b: 4 } });
    expect(
      first?.ok && second?.ok && (first.value as typeof mapping).constant === (second.value as typeof mapping).constant,
    ).toBe(true);
    expect(compiled.constant).toBe(false);
    expect(compileMapping({ a: ['x'] })).toMatchObject({ ok: true, constant: true });
  });

  it('names the place and the path of a failure', () => {
    expect(resolve({ lead: { 'e/mail': ['${ payload.lead.mail }'] } })).toEqual({
      ok: false,
      code: 'no_such_key',
      message: '/lead/e~1mail/0: payload.lead.mail: no such key',
    });
    expect(resolve('to ${ payload.lead.mail }')).toEqual({
      ok: false,
      code: 'no_such_key',
      message: 'payload.lead.mail: no such key',
    });
  });

  it('refuses a result that is too large to be kept', () => {
    const compiled = compileMapping<{ payload: JsonValue }>(
      Array.from({ length: 50 }, () => '${ payload }'),
      { names: ['payload'] },
    );
    expect(compiled.ok && compiled.mapping.resolve({ payload: 'x'.repeat(50_000) })).toMatchObject({
      ok: false,
      code: 'mapping_too_large',
    });
    let deep: JsonValue = 1;
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    expect(compiled.ok && compiled.mapping.resolve({ payload: deep })).toMatchObject({ ok: false, code: 'mapping_too_large' });
  });
});

describe('text mode', () => {
  it.each<[JsonValue, JsonValue]>([
    [
      { a: '${ payload.n }', b: '${ payload.none }', c: 'x' },
      { a: '4', b: '', c: 'x' },
    ],
    [{ a: '${ payload.tags }' }, { a: '["a","b"]' }],
  ])('%j', (mapping, value) => {
    expect(resolve(mapping, { mode: 'text' })).toEqual({ ok: true, value });
  });
});

describe('url mode', () => {
  it.each([
    ['https://example.com/leads/${ payload.lead.id }', 'https://example.com/leads/l%2F1%20%3F%23'],
    [
      'https://example.com/?q=${ payload.name }&e=${ payload.lead.email }',
      'https://example.com/?q=Ada%20Lovelace&e=ada%40example.com',
    ],
    ['https://example.com/${ payload.n }/${ payload.yes }', 'https://example.com/4/true'],
    ['https://example.com/?t=${ payload.tags }', 'https://example.com/?t=%5B%22a%22%2C%22b%22%5D'],
    ['https://example.com/(${ "(it\'s)*!" })', 'https://example.com/(%28it%27s%29%2A%21)'],
    ['${ payload.url }', 'https://example.com/hook?a=1'],
    [' ${ payload.url }', ' https%3A%2F%2Fexample.com%2Fhook%3Fa%3D1'],
    ['https://example.com/../${ payload.n }', 'https://example.com/../4'],
    ['https://example.com/?up=${ payload.dots }', 'https://example.com/?up=..'],
    ['https://example.com/v1', 'https://example.com/v1'],
  ])('%s', (url, value) => {
    expect(resolve(url, { mode: 'url' })).toEqual({ ok: true, value });
  });

  it.each([
    ['https://example.com/${ payload.dots }/x', 'another path'],
    ['https://example.com/.${ payload.dot }/x', 'another path'],
    ['https://example.com/%2e${ payload.dot }', 'another path'],
    ['https://example.com/${ payload.half_pair }', 'surrogate'],
    ['${ payload.n }', 'must be a text'],
    ['${ "" }', 'must be a text'],
  ])('refuses %s', (url, part) => {
    expect(resolve(url, { mode: 'url' })).toEqual({ ok: false, code: 'invalid_url', message: expect.stringContaining(part) });
  });
});

describe('what does not compile', () => {
  it('tells every problem with its place', () => {
    expect(problemsOf({ a: '${ nobody }', 'b c': ['ok', '${ 1 + }'], d: 'x ${ payload.n', e: '${ }' })).toEqual([
      { pointer: '/a', code: 'unknown_reference', message: expect.stringContaining('${ nobody }: "nobody" is not known here') },
      { pointer: '/b%20c/1', code: 'invalid_expression', message: expect.stringContaining('${ 1 + }') },
      { pointer: '/d', code: 'invalid_expression', message: expect.stringContaining('never closed') },
      { pointer: '/e', code: 'invalid_expression', message: expect.stringContaining('missing') },
    ]);
  });

  it('refuses a key that would be the prototype', () => {
    expect(problemsOf(JSON.parse('{"a": {"__proto__": "${ payload.n }"}}') as JsonValue)).toMatchObject([
      { pointer: '/a/__proto__', code: 'forbidden_key' },
    ]);
  });

  it('refuses what is nested too deeply or has too many expressions', () => {
    let deep: JsonValue = 1;
    for (let level = 0; level < 100; level += 1) deep = { a: deep };
    expect(problemsOf(deep)).toMatchObject([{ code: 'too_deep' }]);
    expect(problemsOf(Array.from({ length: 3_000 }, () => '${ 1 }'))).toMatchObject([{ code: 'too_many_expressions' }]);
  });
});

describe('references and kinds', () => {
  it('are told with their places', () => {
    const compiled = compileMapping(
      { a: '${ payload.n }', b: ['x ${ steps.s.output }', '${ 1 + 1 }'] },
      { kindOfReference: () => 'double' },
    );
    if (!compiled.ok) throw new Error('does not compile');
    expect(compiled.references).toMatchObject([
      { pointer: '/a', root: 'payload', segments: ['n'] },
      { pointer: '/b/0', root: 'steps', segments: ['s', 'output'] },
    ]);
    expect([...compiled.kinds]).toEqual([
      ['/a', 'double'],
      ['/b/0', 'string'],
      ['/b/1', 'int'],
    ]);
  });
});

describe('combineMappings', () => {
  it('puts parts together and names the part that fails', () => {
    const part = (value: JsonValue): Parameters<typeof combineMappings>[0][string] => {
      const compiled = compileMapping(value);
      if (!compiled.ok) throw new Error('does not compile');
      return compiled.mapping;
    };
    const context = {
      payload,
      inputs: {},
      trigger: null,
      run: { id: 'r', started_at: '', workflow_id: 'w', version: 1 },
      steps: {},
    };
    expect(combineMappings({ url: part('u'), body: part({ n: '${ payload.n }' }) }).resolve(context)).toEqual({
      ok: true,
      value: { url: 'u', body: { n: 4 } },
    });
    expect(combineMappings({ body: part({ n: '${ payload.m }' }) }).resolve(context)).toMatchObject({
      message: '/body/n: payload.m: no such key',
    });
    expect(combineMappings({ url: part('x${ payload.m }') }).resolve(context)).toMatchObject({
      message: '/url: payload.m: no such key',
    });
  });
});
