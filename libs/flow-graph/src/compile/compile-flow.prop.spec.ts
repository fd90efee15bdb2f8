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
  'item.x == steps.c.output',
  'index > 0',
  '${ payload.x }',
  '',
);
const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), expressionText);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | unknown> =>
  fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: anything });

const TYPES = ['agent', 'connector', 'http', 'branch', 'wait', 'transform', 'approval', 'code', 'flow', 'foreach'] as const;
const policy = fc.record(
  { assignees: anything, due: optional(fc.constantFrom('1d', 'x')), on_due: optional(fc.constant('fail')) },
  { requiredKeys: [] },
);
const event = fc.record(
  {
    type: optional(fc.constantFrom('lead.updated', 'lead.*', '*')),
    match: optional(fc.constantFrom('event.data.id == payload.x', 'event.type', 'event.data.id == steps.a.output && item > 1')),
    timeout: optional(fc.constantFrom('1d', '0s')),
    since: optional(fc.constantFrom('run', 'step', '1h', 'x')),
  },
  { requiredKeys: [] },
);
const members = {
  id: optional(ID),
  type: optional(fc.constantFrom(...TYPES)),
  agent: optional(fc.constant('writer')),
  connection: optional(fc.constant('crm')),
  action: optional(fc.constant('x')),
  url: optional(fc.constantFrom('https://example.com/${ payload.x }', '${ steps.a.output }', 'x')),
  headers: optional(fc.dictionary(fc.string(), expressionText, { maxKeys: 2 })),
  output: optional(fc.dictionary(fc.string(), expressionText, { maxKeys: 2 })),
  input: optional(fc.constant({ x: '${ steps.a.output }' })),
  for: optional(fc.constantFrom('1s', '2 days')),
  until: optional(fc.constantFrom('payload.at', '"2026-12-01"', '"soon"', 'timestamp("x")')),
  timezone: optional(fc.constantFrom('Europe/Berlin', 'Nowhere')),
  event: optional(event),
  approval: optional(fc.oneof(fc.boolean(), policy)),
  due: optional(fc.constantFrom('1d', 'x')),
  source: optional(fc.constantFrom('export default (x) => x', 'export default 1', 'import "x"', '}')),
  workflow: optional(fc.constant('other')),
  wait: optional(fc.boolean()),
  items: optional(fc.constantFrom('payload.list', 'item.list', '[1, 2]', '1')),
  concurrency: anything,
  on_item_error: optional(fc.constantFrom('halt', 'continue')),
  when: optional(expressionText),
  on_error: optional(fc.oneof(fc.constantFrom('halt', 'continue'), fc.record({ goto: ID }))),
  retry: optional(fc.record({ max_attempts: anything, backoff: anything, max_elapsed: anything }, { requiredKeys: [] })),
  timeout: optional(fc.constantFrom('1m', '0s', 'x')),
  mode: optional(fc.constantFrom('first', 'all')),
};
const edge = fc.record({ from: optional(ID), to: optional(ID), condition: optional(expressionText) }, { requiredKeys: [] });
const { graph } = fc.letrec<{ graph: unknown; step: unknown }>((tie) => ({
  graph: fc.record(
    {
      steps: optional(fc.array(optional(tie('step')), { maxLength: 6 })),
      edges: optional(fc.array(optional(edge), { maxLength: 8 })),
    },
    { requiredKeys: [] },
  ),
  step: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record(members, { requiredKeys: [] }),
    fc.record({ ...members, type: fc.constant('foreach'), graph: optional(tie('graph')) }, { requiredKeys: ['type', 'graph'] }),
  ),
}));
const settings = fc.record(
  {
    timeout: optional(fc.constant('1d')),
    concurrency: optional(fc.record({ limit: optional(fc.constant(5)), key: optional(expressionText) }, { requiredKeys: [] })),
    priority: optional(fc.constant(3)),
    on_cancel: optional(fc.record({ goto: optional(ID) })),
  },
  { requiredKeys: [] },
);
const definition = fc.record(
  { graph: optional(graph), input_schema: anything, inputs: anything, output: anything, settings: optional(settings) },
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

/** Sound graphs in graphs: chains of one to three steps, each a transform that reads some step before or around it, or a foreach step. */
const LETTERS = ['p', 'q', 'r', 's', 't', 'u'];
interface Reads {
  id: string;
  reads: number;
  body: Reads[] | null;
}
const { chain } = fc.letrec<{ chain: Reads[] }>((tie) => ({
  chain: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom(...LETTERS),
      reads: fc.nat(20),
      body: fc.option(tie('chain'), { maxDepth: 3, depthIdentifier: 'foreach' }),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 3 },
  ),
}));
const nested = chain.map((steps) => ({ graph: graphOf(steps, []) }));

function graphOf(steps: readonly Reads[], around: readonly string[]): object {
  const hidden = new Set(steps.map(({ id }) => id));
  const visible = around.filter((id) => !hidden.has(id));
  return {
    steps: steps.map(({ id, reads, body }, index) => {
      const before = [...visible, ...steps.slice(0, index).map((step) => step.id)];
      const source = before.length === 0 ? 'payload.list' : `steps.${before[reads % before.length]}.output`;
      if (body === null) return { id, type: 'transform', output: `\${ ${source} }` };
      return { id, type: 'foreach', items: `dyn(${source})`, graph: graphOf(body, before) };
    }),
    edges: steps.slice(1).map(({ id }, index) => ({ from: steps[index]?.id, to: id })),
  };
}

/** @param around the steps that this level may read of those around it. */
function visit(plan: FlowPlan, around: ReadonlySet<string>): void {
  plan.edges.forEach((planned, index) => expect(planned.index).toBe(index));
  expect(plan.starts).toHaveLength(1);
  plan.steps.forEach(({ foreach }, index) => {
    if (foreach === null) return;
    const seen = new Set([...around, ...plan.steps.slice(0, index).map(({ id }) => id)]);
    for (const { id } of plan.steps.slice(index)) seen.delete(id);
    for (const id of foreach.outerSteps) expect(seen).toContain(id);
    visit(foreach.body, new Set(foreach.outerSteps));
  });
}

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

  it('keeps the same at every level of foreach steps, and for items what their expressions read of the steps upstream', () => {
    fc.assert(
      fc.property(nested, (flow) => {
        const result = compileFlow(flow);
        if (!result.ok) throw new Error(JSON.stringify(result.problems));
        visit(result.plan, new Set());
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
