import { describe, expect, it } from '@jest/globals';
import type { ExpressionContext, FlowPlan, PlannedForeach } from '../plan/flow-plan.js';
import { compileFlow } from './compile-flow.js';

const transform = (id: string, output: unknown = 1, more: object = {}): object => ({ id, type: 'transform', output, ...more });
const foreach = (id: string, steps: object[], more: object = {}): object => {
  const { edges = [], ...others } = more as { edges?: object[] };
  return { id, type: 'foreach', items: 'payload.leads', graph: { steps, edges }, ...others };
};
const edge = (from: string, to: string): object => ({ from, to });

function plan(steps: object[], edges: object[] = [], more: object = {}): FlowPlan {
  const result = compileFlow({ graph: { steps, edges }, ...more });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 1));
  return result.plan;
}
const loopOf = (at: FlowPlan, id: string): PlannedForeach => at.step.get(id)?.foreach as PlannedForeach;

const CONTEXT: ExpressionContext = {
  payload: { leads: ['a', 'b'], team: 'x' },
  inputs: { limit: 5 },
  trigger: null,
  run: { id: 'r', started_at: '2026-03-01T09:30:00Z', workflow_id: 'w', version: 1 },
  steps: { a: { output: 'outer a', status: 'completed' }, x: { output: 'own x', status: 'completed' } },
  item: { id: 7 },
  index: 2,
};

describe('the graph of a foreach step', () => {
  it('is a plan of its own, with edges counted from 0 and the defaults of a loop', () => {
    const outer = plan(
      [
        transform('a'),
        foreach('each', [transform('y'), transform('x', 1, { on_error: { goto: 'z' } }), transform('z')], {
          edges: [edge('x', 'y')],
        }),
      ],
      [edge('a', 'each')],
      { inputs: { limit: 5 }, settings: { timeout: '1d', priority: 7, on_reauth: 'fail' } },
    );
    const { body, items, ...loop } = loopOf(outer, 'each');
    expect(loop).toEqual({ concurrency: 10, onItemError: 'halt', outerSteps: [] });
    expect(items.evaluate(CONTEXT)).toEqual({ ok: true, value: ['a', 'b'] });
    expect(body.steps.map(({ id }) => id)).toEqual(['x', 'y', 'z']);
    expect(body.starts.map(({ id }) => id)).toEqual(['x']);
    expect(body.edges.map(({ index, from, to, kind }) => [index, from, to, kind])).toEqual([
      [0, 'x', 'y', 'drawn'],
      [1, 'x', 'z', 'fallback'],
    ]);
    expect(body).toMatchObject({
      inputs: { limit: 5 },
      timeoutMs: 86_400_000,
      priority: 7,
      onReauth: 'fail',
      output: null,
      onCancel: null,
      concurrency: null,
    });
    expect(body.cleanup.size).toBe(0);
    expect(outer.step.get('each')).toMatchObject({ mapping: null, timeoutMs: 0 });
    expect(outer.steps.filter(({ foreach: own }) => own !== null).map(({ id }) => id)).toEqual(['each']);
  });

  it('keeps what the definition says', () => {
    const loop = loopOf(plan([foreach('each', [transform('x')], { concurrency: 3, on_item_error: 'continue' })]), 'each');
    expect(loop).toMatchObject({ concurrency: 3, onItemError: 'continue' });
  });

  it('sees the item, its place in the list, its own steps and those around', () => {
    const { body } = loopOf(
      plan(
        [
          transform('a'),
          foreach(
            'each',
            [
              transform('x'),
              transform('y', {
                id: '${ item.id }',
                index: '${ index + 1 }',
                own: '${ steps.x.output }',
                outer: '${ steps.a.output }',
                team: '${ payload.team } ${ inputs.limit }',
              }),
            ],
            { edges: [edge('x', 'y')] },
          ),
        ],
        [edge('a', 'each')],
      ),
      'each',
    );
    expect(body.step.get('y')?.mapping?.resolve(CONTEXT)).toEqual({
      ok: true,
      value: { id: 7, index: 3, own: 'own x', outer: 'outer a', team: 'x 5' },
    });
  });
});

describe('the outer steps that are kept for items', () => {
  /*
   *  a ──► b ──► each ──► z        each: x ──► y
   *  c
   */
  const outerStepsOf = (steps: object[], edges: object[] = [edge('x', 'y')]): readonly string[] =>
    loopOf(
      plan(
        [transform('a'), transform('b'), transform('c'), foreach('each', steps, { edges }), transform('z')],
        [edge('a', 'b'), edge('b', 'each'), edge('each', 'z')],
      ),
      'each',
    ).outerSteps;

  it('are those that its mappings and conditions read, each once', () => {
    expect(
      outerStepsOf([transform('x', ['${ steps.b.output }', '${ steps.b.status }']), transform('y', '${ steps.x.output }')]),
    ).toEqual(['b']);
    expect(outerStepsOf([transform('x', 1, { when: 'has(steps.a.output.x)' }), transform('y')])).toEqual(['a']);
    expect(outerStepsOf([transform('x'), transform('y')], [{ ...edge('x', 'y'), condition: 'steps.b.output > 1' }])).toEqual([
      'b',
    ]);
    const wait = { id: 'y', type: 'wait', event: { type: 'x', match: 'event.data.id == steps.a.output.id' } };
    expect(outerStepsOf([transform('x'), wait])).toEqual(['a']);
  });

  it('are all that are upstream where it is known at run time only which is read', () => {
    expect(outerStepsOf([transform('x', '${ steps[item.step].output }'), transform('y')])).toEqual(['a', 'b']);
    expect(outerStepsOf([transform('x', '${ steps }'), transform('y')])).toEqual(['a', 'b']);
  });

  it('are not those that a step of its own hides', () => {
    expect(outerStepsOf([transform('a'), transform('y', '${ steps.a.output }')], [edge('a', 'y')])).toEqual([]);
    expect(outerStepsOf([transform('a'), transform('y', '${ steps[item.step].output }')], [edge('a', 'y')])).toEqual(['b']);
  });

  it('are told at every level that they cross', () => {
    const nested = plan(
      [
        transform('a'),
        foreach(
          'one',
          [
            transform('b'),
            foreach('two', [
              foreach('three', [transform('x', ['${ steps.a.output }', '${ steps.b.output }'])], { items: 'item.parts' }),
            ]),
          ],
          { edges: [edge('b', 'two')] },
        ),
      ],
      [edge('a', 'one')],
    );
    const one = loopOf(nested, 'one');
    const two = loopOf(one.body, 'two');
    const three = loopOf(two.body, 'three');
    expect([one, two, three].map(({ outerSteps }) => outerSteps)).toEqual([['a'], ['a', 'b'], ['a', 'b']]);
    expect(three.items.evaluate({ ...CONTEXT, item: { parts: [1] } })).toEqual({ ok: true, value: [1] });
  });

  it('include what a step inside reads for a list of its own', () => {
    expect(outerStepsOf([foreach('x', [transform('q')], { items: 'steps.a.output' }), transform('y')])).toEqual(['a']);
  });
});

describe('limits', () => {
  const many = (prefix: string, count: number): object[] =>
    Array.from({ length: count }, (_, index) => transform(`${prefix}${index}`));

  it('count the steps of sub-graphs', () => {
    expect(compileFlow({ graph: { steps: [...many('a', 249), foreach('each', many('b', 250))], edges: [] } }).ok).toBe(true);
    expect(compileFlow({ graph: { steps: [...many('a', 250), foreach('each', many('b', 250))], edges: [] } })).toMatchObject({
      ok: false,
      problems: [{ code: 'too_many_steps', pointer: '#/graph/steps' }],
    });
  });

  it('allow three levels', () => {
    expect(
      compileFlow({ graph: { steps: [foreach('a', [foreach('b', [foreach('c', [transform('x')])])])], edges: [] } }).ok,
    ).toBe(true);
  });
});

it('has pointers relative to a body that is the graph itself', () => {
  const steps = [foreach('a', [foreach('b', [{ id: 'x', type: 'y' }])])];
  const result = compileFlow({ graph: { steps, edges: [] } }, null, { pointerBase: '#' });
  expect(result.ok ? [] : result.problems.map(({ pointer }) => pointer)).toEqual(['#/steps/0/graph/steps/0/graph/steps/0/type']);
});
