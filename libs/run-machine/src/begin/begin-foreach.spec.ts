import { describe, expect, it } from '@jest/globals';
import { MAX_RUN_DEPTH } from '@flows/contracts';
import { agent, chain, edge, flow, noop, transform } from '../testing/flows.js';
import { childFailed, RunDriver } from '../testing/run-driver.js';
import { planOfRun } from '../decide/plan-of-run.js';

const each = (more: object = {}, id = 'each') => ({
  id,
  type: 'foreach',
  items: 'payload.leads',
  graph: { steps: [noop('do', { input: '${ item }' })], edges: [] },
  ...more,
});
const cost = (amount: number) => ({ amount, currency: 'USD', tokens: amount * 10 });
const begun = (leads: unknown, more: object = {}) => new RunDriver(flow([each(more)]), { leads: leads as never }).start();
const openIndices = (run: RunDriver) => [...(run.state.steps.get('each')?.children?.open.values() ?? [])];

describe('a foreach step', () => {
  it('runs each item as a run of its own, and has their outputs in the order of the items', () => {
    const run = begun(['a', 'b', 'c']);
    const [a, b, c] = run.openChildren('each') as [string, string, string];
    expect(run.open.map(({ type }) => type)).toEqual(['scope.store', 'run.spawn', 'run.spawn', 'run.spawn']);
    expect(run.state).toMatchObject({ status: 'running', inFlight: 1 });
    run.childEnds('each', c, 'C');
    run.childEnds('each', a, 'A');
    run.childEnds('each', b, 'B');
    expect(run.state).toMatchObject({ status: 'completed', output: ['A', 'B', 'C'] });
  });

  it('begins at most `concurrency` at a time, in order', () => {
    const run = begun([0, 1, 2, 3], { concurrency: 2 });
    expect(openIndices(run)).toEqual([0, 1]);
    run.childEnds('each', run.openChildren('each')[1] as string, null);
    expect(openIndices(run)).toEqual([0, 2]);
    run.childEnds('each', run.openChildren('each')[0] as string, null);
    expect(openIndices(run)).toEqual([2, 3]);
  });

  it('has a bound on the children of one fact', () => {
    const run = begun(
      Array.from({ length: 250 }, (_, index) => index),
      { concurrency: 1_000 },
    );
    expect(run.factsOf('step.spawned').map(({ data }) => data.children.length)).toEqual([100, 100, 50]);
  });

  it('with no items is done at once', () => {
    expect(begun([]).state).toMatchObject({ status: 'completed', output: [] });
  });

  it.each([
    [{}, 'items_not_a_list'],
    [Array.from({ length: 10_001 }, () => 0), 'too_many_items'],
  ])('refuses what is no list, or too long a one', (leads, code) => {
    expect(begun(leads).state.error).toMatchObject({ code, step_id: 'each' });
  });

  it('fails with an item by default: the others are told to stop', () => {
    const run = begun([0, 1, 2]);
    const [, second, third] = run.openChildren('each') as [string, string, string];
    run.childEnds('each', second, childFailed());
    expect(run.state).toMatchObject({ status: 'failed', error: { code: 'item_failed', step_id: 'each' } });
    expect(run.factsOf('step.failed')[0]?.data.children).toHaveLength(2);
    expect(run.open.filter(({ type }) => type === 'child.control')).toHaveLength(2);
    expect(run.childEnds('each', third, null)).toEqual({ kind: 'ignored', reason: 'run_ended' });
  });

  it('goes on over failed items when told to: their places hold null', () => {
    const run = begun([0, 1], { on_item_error: 'continue' });
    const [first, second] = run.openChildren('each') as [string, string];
    run.childEnds('each', first, childFailed('timed_out'));
    run.childEnds('each', second, 'B');
    expect(run.state).toMatchObject({ status: 'completed', output: [null, 'B'] });
  });

  it('adds up what the items cost, each end of a child once', () => {
    const run = begun([0, 1]);
    const [first, second] = run.openChildren('each') as [string, string];
    run.childEnds('each', first, null, { cost: cost(1), child_seq: 5 });
    expect(run.childEnds('each', first, null, { cost: cost(1), child_seq: 5 })).toEqual({
      kind: 'ignored',
      reason: 'child_not_open',
    });
    run.childEnds('each', second, null, { cost: cost(2), child_seq: 5 });
    expect(run.state.cost).toEqual(cost(3));
  });

  it('ends at the depth where runs may be nested no deeper', () => {
    const parent = { run_id: '01890a5d-ac96-774b-bcce-b302099a8099', step_id: 's', kind: 'flow' as const, depth: MAX_RUN_DEPTH };
    const run = new RunDriver(flow([each()]), { leads: [1] }, { parent }).start();
    expect(run.state.error).toMatchObject({ code: 'run_depth_exceeded' });
    const above = new RunDriver(flow([each()]), { leads: [1] }, { parent: { ...parent, depth: MAX_RUN_DEPTH - 1 } }).start();
    expect(above.openChildren('each')).toHaveLength(1);
  });
});

describe('the run of an item', () => {
  const plan = flow(
    [
      noop('outer'),
      noop('do'),
      each({ graph: { steps: [noop('do', { input: '${ [item, index, payload.x, steps.outer.output] }' })], edges: [] } }),
    ],
    chain('outer', 'do', 'each'),
  );

  it('sees its item and its index, and of the outside what its graph refers to; the root run gives it the rest', () => {
    const run = new RunDriver(plan, { leads: ['a', 'b'], x: 'X' }).start();
    run.complete('outer', 'O');
    run.complete('do', 'hidden');
    const store = run.open.find((command) => command.type === 'scope.store');
    const spawn = run.open.filter((command) => command.type === 'run.spawn')[1]?.run;
    expect(store).toMatchObject({ rootRunId: run.state.runId, data: { steps: { outer: { output: 'O', status: 'completed' } } } });
    if (store?.type !== 'scope.store' || spawn?.kind !== 'item') throw new Error('Nothing was spawned');
    expect(spawn).toMatchObject({
      payload: 'b',
      body: ['each'],
      scopeId: store.scopeId,
      parent: { kind: 'item', index: 1, depth: 1 },
    });
    const body = planOfRun(plan, spawn.body);
    if (body === null) throw new Error('There is no body');
    const scope = {
      id: spawn.scopeId,
      body: spawn.body,
      rootRunId: store.rootRunId,
      payload: run.state.payload,
      trigger: run.state.trigger,
      ...store.data,
    };
    const item = new RunDriver(body, spawn.payload, { parent: spawn.parent, scope }).start();
    expect(item.state.steps.get('do')?.scheduled?.input).toEqual(['b', 1, 'X', 'O']);
    item.complete('do', 'done');
    expect(item.open.at(-1)).toMatchObject({
      type: 'child.report',
      childSeq: item.state.seq,
      outcome: { status: 'completed', output: 'done' },
    });
  });
});

describe('a foreach step after a retry', () => {
  const failedAt = (index: number, more: object = {}) => {
    const run = begun(['a', 'b', 'c', 'd'], { concurrency: 2, ...more });
    while (!openIndices(run).includes(index))
      run.childEnds('each', run.openChildren('each')[0] as string, 'done', { child_seq: 3, cost: cost(1) });
    const failing = [...(run.state.steps.get('each')?.children?.open ?? [])].find(([, at]) => at === index)?.[0] as string;
    run.childEnds('each', failing, childFailed(), { child_seq: 4, cost: cost(2) });
    return { run, failing };
  };

  it('keeps the items that are done, and lets the others go on under their ids', () => {
    const { run, failing } = failedAt(2);
    run.retry();
    run.start();
    const [iterating] = run.factsOf('step.iterating').slice(-1);
    expect(iterating?.data.kept.map(({ index }) => index)).toEqual([0]);
    expect(run.factsOf('step.spawned').at(-1)?.data.children).toEqual([
      { run_id: expect.any(String), index: 1, again: true },
      { run_id: failing, index: 2, again: true },
    ]);
    expect(run.open.slice(-4).map(({ type }) => type)).toEqual(['run.spawn', 'child.control', 'run.spawn', 'child.control']);
    expect(run.state.steps.get('each')?.children?.ended).toBe(1);
  });

  it('hears the old end of a child no second time, and counts what it cost once', () => {
    const { run, failing } = failedAt(2);
    run.retry();
    run.start();
    expect(run.childEnds('each', failing, childFailed(), { child_seq: 4, cost: cost(2) })).toEqual({
      kind: 'ignored',
      reason: 'child_not_open',
    });
    expect(run.state.cost).toEqual(cost(3));
    run.childEnds('each', failing, 'C', { child_seq: 9, cost: cost(5) });
    expect(run.state.cost).toEqual(cost(6));
  });

  it('remembers over several lives what it did not come to again', () => {
    const { run } = failedAt(2, { concurrency: 3 });
    const ids = run.state.steps.get('each')?.children?.runIds;
    expect(ids?.filter((id) => id !== null)).toHaveLength(3);
    run.retry();
    run.start();
    const first = run.openChildren('each')[0] as string;
    run.childEnds('each', first, childFailed(), { child_seq: 20 });
    run.retry();
    run.start();
    expect(run.state.steps.get('each')?.children?.runIds.slice(0, 3)).toEqual(ids?.slice(0, 3));
  });

  it('begins anew what stands on data that has changed', () => {
    const plan = flow(
      [
        agent('outer'),
        each({ graph: { steps: [noop('do', { input: '${ [item, steps.outer.output] }' })], edges: [] } }),
        noop('end'),
      ],
      chain('outer', 'each', 'end'),
    );
    const again = (output: string) => {
      const run = new RunDriver(plan, { leads: ['a'] }).start();
      run.complete('outer', 'one');
      run.childEnds('each', run.openChildren('each')[0] as string, 'done');
      run.fail('end');
      run.retry({ from_step: 'outer' });
      run.start().complete('outer', output);
      return run.factsOf('step.iterating').at(-1)?.data.kept.length;
    };
    expect([again('one'), again('two')]).toEqual([1, 0]);
  });

  it('begins no child of an earlier life when the old input comes again', () => {
    const plan = flow([agent('outer'), each({ items: 'steps.outer.output' })], [edge('outer', 'each')]);
    const run = new RunDriver(plan).start();
    run.complete('outer', ['a']);
    const old = run.factsOf('step.spawned')[0];
    run.childEnds('each', run.openChildren('each')[0] as string, childFailed());
    run.retry({ from_step: 'outer' });
    run.start().complete('outer', ['b']);
    if (old === undefined) throw new Error('Nothing was spawned');
    expect(run.commandsOf(old)).toEqual([]);
  });

  it('begins no child again that has ended, when the input that began it comes again', () => {
    const run = begun(['a', 'b']);
    const [spawned] = run.factsOf('step.spawned');
    run.childEnds('each', run.openChildren('each')[0] as string, 'A');
    if (spawned === undefined) throw new Error('Nothing was spawned');
    expect(run.commandsOf(spawned)).toMatchObject([{ type: 'run.spawn', run: { payload: 'b' } }]);
  });

  it('asks children after a resumption that may have got lost', () => {
    const run = new RunDriver(flow([each(), transform('t')]), { leads: ['a'] }).start();
    const actions = () => run.openCommands().flatMap((command) => (command.type === 'child.control' ? [command.action] : []));
    expect(actions()).toEqual([]);
    run.control('pause');
    expect(actions()).toEqual(['pause']);
    run.control('resume');
    expect(actions()).toEqual(['resume']);
  });
});

describe('what would be too large to keep', () => {
  const each = (items: string) => flow([{ id: 'each', type: 'foreach', items, graph: { steps: [noop('one')], edges: [] } }]);

  it('fails the step when the list is', () => {
    const run = new RunDriver(each('payload.list'), { list: ['x'.repeat(1_100_000)] }).start();
    expect(run.state).toMatchObject({ status: 'failed', error: { code: 'items_too_large', step_id: 'each' } });
  });

  it('fails the step as soon as the outputs together are, and stops the other items', () => {
    const run = new RunDriver(each('[1, 2, 3]')).start();
    const [first, second, third] = run.openChildren('each') as [string, string, string];
    run.childEnds('each', first, 'x'.repeat(600_000));
    run.childEnds('each', second, '\u0001'.repeat(100_000));
    expect(run.state).toMatchObject({ status: 'failed', error: { code: 'output_too_large', step_id: 'each' } });
    expect(run.factsOf('step.failed')[0]?.data).toMatchObject({ children: [third] });
  });

  it('fails the run when its output is', () => {
    const run = new RunDriver(flow([noop('a'), noop('b')])).start();
    run.complete('a', 'x'.repeat(600_000));
    run.complete('b', 'x'.repeat(600_000));
    expect(run.state).toMatchObject({ status: 'failed', error: { code: 'output_too_large' } });
  });
});
