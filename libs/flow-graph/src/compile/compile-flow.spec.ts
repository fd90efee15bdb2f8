import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { FlowPlan } from '../plan/flow-plan.js';
import type { FlowProblem } from '../plan/problem.js';
import { compileFlow } from './compile-flow.js';

const agent = (id: string, more: object = {}): object => ({ id, type: 'agent', agent: 'writer', ...more });
const edge = (from: string, to: string, condition?: string): object => ({
  from,
  to,
  ...(condition === undefined ? {} : { condition }),
});

function compiled(definition: object): { plan: FlowPlan; warnings: FlowProblem[] } {
  const result = compileFlow(definition);
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 1));
  return result;
}
const plan = (steps: object[], edges: object[] = [], more: object = {}): FlowPlan =>
  compiled({ graph: { steps, edges }, ...more }).plan;
const warningsOf = (steps: object[], edges: object[] = [], more: object = {}): string[] =>
  compiled({ graph: { steps, edges }, ...more }).warnings.map(({ code, pointer }) => `${code} ${pointer}`);

const CONTEXT = {
  payload: { id: 7, host: 'a b' },
  inputs: {},
  trigger: null,
  run: { id: 'r', started_at: '2026-03-01T09:30:00Z', workflow_id: 'w', version: 1 },
  steps: { a: { output: { n: 2 }, status: 'completed' } },
};

describe('the plan', () => {
  it('fills in what the definition leaves out', () => {
    const { steps, timeoutMs, output, inputs } = plan([
      agent('a'),
      { id: 'h', type: 'http', url: 'https://example.com' },
      { id: 'w', type: 'wait', for: '1h30m' },
    ]);
    expect({ timeoutMs, output, inputs }).toEqual({ timeoutMs: 30 * 86_400_000, output: null, inputs: {} });
    expect(steps[0]).toMatchObject({
      join: 'all',
      when: null,
      retry: { maxAttempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 60_000, jitter: true, nonRetryable: [] },
      timeoutMs: 120_000,
      onError: 'halt',
      wait: null,
      approval: null,
      foreach: null,
    });
    expect(steps[1]?.definition).toMatchObject({ method: 'GET', expect: ['2xx'] });
    expect(steps[2]).toMatchObject({ mapping: null, wait: { kind: 'for', ms: 5_400_000 } });
  });

  it('keeps what the definition says', () => {
    const retry = {
      max_attempts: 9,
      initial_interval: '2s',
      backoff: 3,
      max_interval: '5m',
      jitter: false,
      non_retryable: ['x'],
    };
    const { steps, timeoutMs, inputs } = plan(
      [agent('a', { retry, timeout: '10s', on_error: 'continue', join: 'any', when: 'payload.x' })],
      [],
      {
        settings: { timeout: '1d' },
        inputs: { limit: 5 },
      },
    );
    expect({ timeoutMs, inputs }).toEqual({ timeoutMs: 86_400_000, inputs: { limit: 5 } });
    expect(steps[0]).toMatchObject({
      retry: { maxAttempts: 9, initialIntervalMs: 2_000, backoff: 3, maxIntervalMs: 300_000, jitter: false, nonRetryable: ['x'] },
      timeoutMs: 10_000,
      onError: 'continue',
      join: 'any',
      when: { source: 'payload.x' },
    });
  });

  /*
   *   b ──► d          order given: d, b, a, c
   *   a ──► b
   *   a ─ ─ ► c        (a fails)
   */
  it('orders steps behind their sources and appends the fallback edges', () => {
    const { steps, edges, starts, step } = plan(
      [agent('d'), agent('b'), agent('a', { on_error: { goto: 'c' } }), agent('c')],
      [edge('b', 'd'), edge('a', 'b', 'payload.x')],
    );
    expect(steps.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(edges.map(({ index, from, to, kind, condition }) => [index, from, to, kind, condition?.source ?? null])).toEqual([
      [0, 'b', 'd', 'drawn', null],
      [1, 'a', 'b', 'drawn', 'payload.x'],
      [2, 'a', 'c', 'fallback', null],
    ]);
    expect(starts.map(({ id }) => id)).toEqual(['a']);
    expect(step.get('a')?.outgoing.map(({ index }) => index)).toEqual([1, 2]);
    expect(step.get('c')?.incoming).toEqual([edges[2]]);
    expect(step.get('b')?.incoming[0]).toBe(edges[1]);
  });

  it('starts every step without incoming edges that is no fallback', () => {
    expect(plan([agent('a', { on_error: { goto: 'c' } }), agent('b'), agent('c')]).starts.map(({ id }) => id)).toEqual([
      'a',
      'b',
    ]);
  });

  it('keeps both edges where a fallback leads where a drawn edge leads', () => {
    expect(plan([agent('a', { on_error: { goto: 'b' } }), agent('b')], [edge('a', 'b')]).edges.map(({ kind }) => kind)).toEqual([
      'drawn',
      'fallback',
    ]);
  });

  it('maps inputs, requests and outputs', () => {
    const { step, output } = plan(
      [
        agent('a', { input: { id: '${ payload.id }' } }),
        {
          id: 'h',
          type: 'http',
          url: 'https://example.com/${ payload.host }',
          headers: { n: '${ payload.id }' },
          body: { n: '${ steps.a.output.n }' },
        },
        { id: 'g', type: 'http', url: 'https://example.com' },
        { id: 't', type: 'transform', output: ['${ payload.id }'] },
        agent('none'),
      ],
      [edge('a', 'h')],
      { output: { n: '${ steps.a.output.n + 1 }' } },
    );
    const resolved = (id: string): unknown => step.get(id)?.mapping?.resolve(CONTEXT);
    expect(resolved('a')).toEqual({ ok: true, value: { id: 7 } });
    expect(resolved('h')).toEqual({ ok: true, value: { url: 'https://example.com/a%20b', headers: { n: '7' }, body: { n: 2 } } });
    expect(resolved('g')).toEqual({ ok: true, value: { url: 'https://example.com', headers: {} } });
    expect(resolved('t')).toEqual({ ok: true, value: [7] });
    expect(resolved('none')).toEqual({ ok: true, value: {} });
    expect(output?.resolve(CONTEXT)).toEqual({ ok: true, value: { n: 3 } });
  });

  it('takes 500 steps in a chain that all refer to the first', () => {
    const ids = Array.from({ length: 500 }, (_, index) => `s${index}`);
    const chain = plan(
      ids.map((id, index) => agent(id, index === 0 ? {} : { input: '${ steps.s0.output }' })),
      ids.slice(1).map((id, index) => edge(`s${index}`, id)),
    );
    expect(chain.steps.map(({ id }) => id)).toEqual(ids);
  });
});

describe('upstream', () => {
  it('is all that leads to a step, over drawn and fallback edges', () => {
    const fallback = agent('c', { input: { error: '${ steps.b.error.message }', first: '${ steps.a.output }' } });
    const result = compileFlow({
      graph: {
        steps: [agent('a'), agent('b', { on_error: { goto: 'c' } }), fallback, agent('d', { input: '${ steps.c.output }' })],
        edges: [edge('a', 'b'), edge('c', 'd')],
      },
    });
    expect(result.ok).toBe(true);
  });

  it('includes the source of an edge for its condition', () => {
    expect(
      compileFlow({ graph: { steps: [agent('a'), agent('b')], edges: [edge('a', 'b', 'steps.a.status == "completed"')] } }).ok,
    ).toBe(true);
  });
});

describe('limits', () => {
  it('refuses more than 500 steps', () => {
    const steps = Array.from({ length: 501 }, (_, index) => agent(`s${index}`));
    expect(compileFlow({ graph: { steps, edges: [] } })).toMatchObject({
      ok: false,
      problems: [{ code: 'too_many_steps', pointer: '#/graph/steps' }],
    });
  });

  it('refuses a definition of more than 1 MiB, counted in bytes', () => {
    const definition = (text: string): object => ({ graph: { steps: [agent('a', { input: text })], edges: [] } });
    expect(compileFlow(definition('x'.repeat(1_000_000))).ok).toBe(true);
    expect(compileFlow(definition('ö'.repeat(600_000)))).toMatchObject({
      ok: false,
      problems: [{ code: 'definition_too_large', pointer: '#' }],
    });
  });

  it('lists so many problems and no more', () => {
    const edges = Array.from({ length: 5_000 }, (_, index) => edge('a', `x${index}`));
    const result = compileFlow({ graph: { steps: [agent('a')], edges } });
    expect(result.ok ? [] : result.problems).toHaveLength(501);
    expect(result.ok ? null : result.problems.at(-1)).toMatchObject({ code: 'too_many_problems' });
  });

  it('refuses what JSON cannot hold', () => {
    const circular: Record<string, unknown> = {};
    circular['graph'] = circular;
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    for (const definition of [circular, { graph: { steps: [deep], edges: [] } }, { graph: 1n }]) {
      expect(compileFlow(definition)).toMatchObject({ ok: false, problems: [{ code: 'not_json' }] });
    }
  });
});

describe('text', () => {
  const withText = (text: string): object => ({ graph: { steps: [agent('a', { input: { [text]: text } })], edges: [] } });

  it('may be anything that can be stored', () => {
    for (const text of ['😀', '\\ud800', '\\u0000', '\\\\ud800', '\u0001', '\ufffd'])
      expect(compileFlow(withText(text)).ok).toBe(true);
  });

  it('is refused where no store can hold it', () => {
    for (const text of ['\ud800', 'x\\\udfff', '\u0000'])
      expect(compileFlow(withText(text))).toMatchObject({ ok: false, problems: [{ code: 'unsupported_text' }] });
  });
});

describe('warnings', () => {
  it('tell of steps that no edge touches, where others exist', () => {
    expect(warningsOf([agent('a')])).toEqual([]);
    expect(warningsOf([agent('a'), agent('b'), agent('c')], [edge('a', 'b')])).toEqual(['isolated_step #/graph/steps/2']);
    expect(warningsOf([agent('a', { on_error: { goto: 'b' } }), agent('b')])).toEqual([]);
  });

  it('tell of keys that an open schema does not list', () => {
    const input_schema = { type: 'object', properties: { lead: { type: 'object' } } };
    expect(
      warningsOf(
        [agent('a', { input: { x: '${ payload.led }', y: '${ payload.lead.any }', z: '${ default(payload.led, 1) }' } })],
        [],
        { input_schema },
      ),
    ).toEqual(['unlisted_reference #/graph/steps/0/input/x']);
  });

  it('tell of constants that nobody has given yet', () => {
    expect(warningsOf([agent('a', { input: { x: '${ inputs.x }', y: '${ default(inputs.y, 1) }' } })])).toEqual([
      'unknown_input #/graph/steps/0/input/x',
    ]);
  });

  it('tell of steps that are only known at run time, and of inputs that are not used', () => {
    expect(warningsOf([agent('a', { when: 'steps[payload.step].output.x' })])).toEqual([
      'computed_reference #/graph/steps/0/when',
    ]);
    expect(warningsOf([{ id: 'h', type: 'http', url: 'https://example.com', input: { a: 1 } }])).toEqual([
      'unused_input #/graph/steps/0/input',
    ]);
  });
});

describe('definitions that were ever published', () => {
  const folder = new URL('../../../contracts/compat/v1/', import.meta.url);

  const files = readdirSync(folder).filter((file) => file.startsWith('flow-definition.'));

  // The smallest has no steps: it can be kept as a draft only.
  it.each(files.filter((file) => !file.includes('.smallest.')))('%s still compiles', (file) => {
    expect(compileFlow(JSON.parse(readFileSync(new URL(file, folder), 'utf8')))).toMatchObject({ ok: true });
  });
});
