import { describe, expect, it } from '@jest/globals';
import { fromTypeId, MAX_RUN_DEPTH } from '@flows/contracts';
import { agent, chain, flow, noop, transform } from '../testing/flows.js';
import { childFailed, RUN_ID, RunDriver } from '../testing/run-driver.js';

const call = (more: object = {}) => ({ id: 'call', type: 'flow', workflow: 'other', input: { of: '${ payload.of }' }, ...more });
const child = (run: RunDriver) => run.openChildren('call')[0] as string;

describe('a flow step', () => {
  it('runs another workflow as a child, and ends with its output', () => {
    const run = new RunDriver(flow([call(), noop('after')], chain('call', 'after')), { of: 1 }).start();
    expect(run.open).toEqual([
      {
        type: 'run.spawn',
        run: {
          kind: 'flow',
          runId: fromTypeId('run', child(run)),
          workflow: 'other',
          payload: { of: 1 },
          awaited: true,
          parent: { run_id: RUN_ID, step_id: 'call', kind: 'flow', depth: 1 },
        },
      },
    ]);
    run.childEnds('call', child(run), { answer: 2 });
    expect(run.state.steps.get('call')).toMatchObject({ status: 'completed', output: { answer: 2 } });
    expect(run.statuses()).toMatchObject({ after: 'scheduled' });
  });

  it('that waits for nobody is done at once, and its child is not stopped with the run', () => {
    const run = new RunDriver(flow([call({ wait: false }), noop('after')], chain('call', 'after')), { of: 1 }).start();
    expect(run.state.steps.get('call')).toMatchObject({
      status: 'completed',
      output: { run_id: expect.stringMatching(/^run_/) },
    });
    expect(run.open[0]).toMatchObject({ type: 'run.spawn', run: { awaited: false } });
    run.control('terminate');
    expect(run.open.some(({ type }) => type === 'child.control')).toBe(false);
  });

  it.each(['failed', 'cancelled', 'timed_out'] as const)('fails with a child that ended as %s', (status) => {
    const run = new RunDriver(flow([call()]), { of: 1 }).start();
    const id = child(run);
    run.childEnds('call', id, childFailed(status));
    expect(run.state.error).toMatchObject({
      code: `child_${status}`,
      step_id: 'call',
      details: { run_id: id, error: { code: 'boom' } },
    });
  });

  it('goes where on_error says', () => {
    const run = new RunDriver(flow([call({ on_error: { goto: 'plan_b' } }), transform('plan_b')]), { of: 1 }).start();
    run.childEnds('call', child(run), childFailed());
    expect(run.state).toMatchObject({ status: 'completed', output: 'plan_b', viaFallback: true });
  });

  it('hears of no child that it does not wait for', () => {
    const run = new RunDriver(flow([call()]), { of: 1 }).start();
    expect(run.childEnds('call', RUN_ID, null)).toEqual({ kind: 'ignored', reason: 'child_not_open' });
    expect(run.childEnds('nobody', child(run), null)).toEqual({ kind: 'ignored', reason: 'child_not_open' });
  });

  it('stands at most so deep', () => {
    const parent = { run_id: RUN_ID, step_id: 's', kind: 'flow' as const, depth: MAX_RUN_DEPTH };
    const run = new RunDriver(flow([call()]), { of: 1 }, { parent }).start();
    expect(run.state.error).toMatchObject({ code: 'run_depth_exceeded', step_id: 'call' });
  });
});

describe('a flow step after a retry', () => {
  it('lets the same child go on when it is given the same', () => {
    const run = new RunDriver(flow([call()]), { of: 1 }).start();
    const id = child(run);
    run.childEnds('call', id, childFailed(), { child_seq: 3 });
    run.retry();
    run.start();
    expect(child(run)).toBe(id);
    expect(run.factsOf('step.spawned').at(-1)?.data.children).toEqual([{ run_id: id, again: true }]);
    expect(run.open.at(-1)).toEqual({ type: 'child.control', runId: fromTypeId('run', id), action: 'retry', cause: 'call/1' });
    expect(run.childEnds('call', id, childFailed(), { child_seq: 3 })).toEqual({ kind: 'ignored', reason: 'child_not_open' });
    run.childEnds('call', id, 'well', { child_seq: 7 });
    expect(run.state).toMatchObject({ status: 'completed', output: 'well' });
  });

  it('keeps what the child has done with the same', () => {
    const run = new RunDriver(flow([call(), noop('b')], chain('call', 'b')), { of: 1 }).start();
    run.childEnds('call', child(run), 'done', { child_seq: 3 });
    run.fail('b');
    run.retry({ from_step: 'call' });
    run.start();
    expect(run.statuses()).toEqual({ call: 'completed', b: 'scheduled' });
    expect(run.state.steps.get('call')?.output).toBe('done');
    expect(run.factsOf('step.spawned')).toHaveLength(1);
  });

  it('begins another child when it is given something else', () => {
    const run = new RunDriver(flow([agent('a'), call({ input: '${ steps.a.output }' })], chain('a', 'call'))).start();
    run.complete('a', 1);
    const id = child(run);
    run.childEnds('call', id, childFailed());
    run.retry({ from_step: 'a' });
    run.start().complete('a', 2);
    expect(child(run)).not.toBe(id);
    expect(run.factsOf('step.spawned').at(-1)?.data.children[0]).not.toHaveProperty('again');
  });
});
