import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FlowPlan } from '../plan/flow-plan.js';
import { compileFlow } from './compile-flow.js';

const ID = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'Bad Id', '__proto__', 'constructor');
const expressionText = fc.constantFrom(
  'payload.x',
  'steps.a.output.y > 1',
  'steps.b.status == "failed"',
  '1 +',
  'true',
  '"text"',
  'steps[payload.x].output',
  '${ payload.x }',
  '',
);
const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), expressionText);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | unknown> =>
  fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: anything });

const step = fc.record(
  {
    id: optional(ID),
    type: optional(fc.constantFrom('agent', 'connector', 'http', 'branch', 'wait', 'transform')),
    agent: optional(fc.constant('writer')),
    connection: optional(fc.constant('crm')),
    action: optional(fc.constant('x')),
    url: optional(fc.constantFrom('https://example.com/${ payload.x }', '${ steps.a.output }', 'x')),
    headers: optional(fc.dictionary(fc.string(), expressionText, { maxKeys: 2 })),
    output: optional(fc.dictionary(fc.string(), expressionText, { maxKeys: 2 })),
    input: optional(fc.constant({ x: '${ steps.a.output }' })),
    for: optional(fc.constantFrom('1s', '2 days')),
    when: optional(expressionText),
    on_error: optional(fc.oneof(fc.constantFrom('halt', 'continue'), fc.record({ goto: ID }))),
    retry: optional(fc.record({ max_attempts: anything, backoff: anything }, { requiredKeys: [] })),
    timeout: optional(fc.constantFrom('1m', '0s', 'x')),
    mode: optional(fc.constantFrom('first', 'all')),
  },
  { requiredKeys: [] },
);
const edge = fc.record({ from: optional(ID), to: optional(ID), condition: optional(expressionText) }, { requiredKeys: [] });
const definition = fc.record(
  {
    graph: optional(
      fc.record(
        {
          steps: optional(fc.array(optional(step), { maxLength: 6 })),
          edges: optional(fc.array(optional(edge), { maxLength: 8 })),
        },
        { requiredKeys: [] },
      ),
    ),
    input_schema: anything,
    inputs: anything,
    output: anything,
    settings: anything,
  },
  { requiredKeys: ['graph'] },
);

/** Graphs that are sound: edges lead from lower to higher numbers, fallbacks too. */
const sound = fc.integer({ min: 2, max: 12 }).chain((size) =>
  fc.record({
    edges: fc.uniqueArray(
      fc.tuple(fc.nat(size - 1), fc.nat(size - 1)).filter(([from, to]) => from < to),
      { selector: (pair) => pair.join(), maxLength: 30 },
    ),
    gotos: fc.array(fc.option(fc.nat(size - 1)), { minLength: size, maxLength: size }),
    order: fc.shuffledSubarray(
      Array.from({ length: size }, (_, index) => index),
      { minLength: size, maxLength: size },
    ),
  }),
);

function planOf({ edges, gotos, order }: { edges: [number, number][]; gotos: (number | null)[]; order: number[] }): FlowPlan {
  const steps = order.map((index) => {
    const goto = gotos[index];
    const forward = goto !== null && goto !== undefined && goto > index;
    return { id: `s${index}`, type: 'agent', agent: 'writer', ...(forward ? { on_error: { goto: `s${goto}` } } : {}) };
  });
  const result = compileFlow({ graph: { steps, edges: edges.map(([from, to]) => ({ from: `s${from}`, to: `s${to}` })) } });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.plan;
}

describe('compileFlow', () => {
  it('takes any JSON without throwing, and tells what is wrong with a place and a code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), definition), (value) => {
        const result = compileFlow(value);
        if (result.ok) return;
        expect(result.problems.length).toBeGreaterThan(0);
        for (const { pointer, code, message } of [...result.problems, ...result.warnings]) {
          expect(pointer).toMatch(/^#(\/[^/\s]*)*$/);
          expect(code).toMatch(/^[a-z_]+$/);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same result for the same definition', () => {
    fc.assert(
      fc.property(definition, (value) =>
        expect(JSON.stringify(compileFlow(value))).toBe(JSON.stringify(compileFlow(structuredClone(value)))),
      ),
      { numRuns: 100 },
    );
  });

  it('puts every step behind its sources, has every edge at both of its ends, and starts where nothing leads to', () => {
    fc.assert(
      fc.property(sound, (graph) => {
        const plan = planOf(graph);
        const position = new Map(plan.steps.map(({ id }, index) => [id, index]));
        expect([...plan.step.keys()].sort()).toEqual(graph.order.map((index) => `s${index}`).sort());
        plan.edges.forEach((edge, index) => {
          expect(edge.index).toBe(index);
          expect(position.get(edge.from)).toBeLessThan(position.get(edge.to) as number);
          expect(plan.step.get(edge.from)?.outgoing).toContain(edge);
          expect(plan.step.get(edge.to)?.incoming).toContain(edge);
        });
        expect(plan.steps.reduce((sum, { incoming }) => sum + incoming.length, 0)).toBe(plan.edges.length);
        expect(plan.starts).toEqual(plan.steps.filter(({ incoming }) => incoming.length === 0));
      }),
      { numRuns: 200 },
    );
  });

  it('finds the cycle that one more edge makes', () => {
    fc.assert(
      fc.property(sound, fc.nat(), (graph, pick) => {
        fc.pre(graph.edges.length > 0);
        const [from, to] = graph.edges[pick % graph.edges.length] as [number, number];
        const steps = graph.order.map((index) => ({ id: `s${index}`, type: 'transform', output: 1 }));
        const edges = [...graph.edges, [to, from] as const].map(([a, b]) => ({ from: `s${a}`, to: `s${b}` }));
        const result = compileFlow({ graph: { steps, edges } });
        expect(result.ok ? [] : result.problems.map(({ code }) => code)).toContain('cycle');
      }),
      { numRuns: 100 },
    );
  });
});
