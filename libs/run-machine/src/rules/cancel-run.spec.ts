import { describe, expect, it } from '@jest/globals';
import { chain, flow, noop, transform } from '../testing/flows.js';
import { RunDriver } from '../testing/run-driver.js';

const each = { id: 'each', type: 'foreach', items: '[1, 2]', graph: { steps: [transform('t')], edges: [] } };
const withCleanup = flow(
  [noop('a'), noop('b'), each, noop('tidy', { input: '${ steps.b.status }' }), noop('tell')],
  [...chain('a', 'b'), ...chain('tidy', 'tell')],
  { settings: { on_cancel: { goto: 'tidy' } } },
);
const actions = (run: RunDriver) => run.open.flatMap((command) => (command.type === 'child.control' ? [command.action] : []));

describe('cancel', () => {
  it('ends a run at once where there is nothing to clean up', () => {
    const run = new RunDriver(flow([noop('a'), { id: 'w', type: 'wait', for: '1h' }, each])).start();
    run.control('cancel');
    expect(run.state).toMatchObject({ status: 'cancelled', error: { code: 'run_cancelled' }, inFlight: 0, parked: 0 });
    expect(run.statuses()).toEqual({ a: 'cancelled', w: 'cancelled', each: 'cancelled' });
    expect(run.factsOf('run.cancelled')[0]?.data).toMatchObject({ actor: 'ada', forced: false });
    expect(actions(run)).toEqual(['cancel', 'cancel']);
    expect(run.complete('a')).toEqual({ kind: 'ignored', reason: 'run_ended' });
    expect(run.fire('wait:w')).toEqual({ kind: 'ignored', reason: 'run_ended' });
    expect(run.control('cancel')).toEqual({ kind: 'ignored', reason: 'run_ended' });
  });

  it('runs the cleanup first, which sees what has become of the other steps', () => {
    const run = new RunDriver(withCleanup).start();
    run.control('cancel', 'c1');
    expect(run.state).toMatchObject({ status: 'running', cancelling: { actor: 'ada' } });
    expect(actions(run)).toEqual(['cancel', 'cancel']);
    expect(run.statuses()).toEqual({ a: 'cancelled', each: 'cancelled', tidy: 'scheduled' });
    expect(run.state.steps.get('tidy')?.scheduled?.input).toBe('pending');
    expect(run.complete('a')).toEqual({ kind: 'ignored', reason: 'attempt_not_open' });
    expect(run.control('cancel')).toEqual({ kind: 'ignored', reason: 'already_so' });
    expect(run.control('pause')).toEqual({ kind: 'ignored', reason: 'already_so' });
    run.complete('tidy');
    expect(run.state.status).toBe('running');
    run.complete('tell');
    expect(run.state).toMatchObject({ status: 'cancelled' });
    expect(run.factsOf('run.cancelled')).toHaveLength(1);
    expect(run.statuses()).not.toHaveProperty('b');
  });

  it('is cancelled all the same when the cleanup fails', () => {
    const run = new RunDriver(withCleanup).start();
    run.control('cancel');
    run.fail('tidy');
    expect(run.state).toMatchObject({ status: 'cancelled', error: { code: 'run_cancelled' } });
  });

  it('runs no cleanup for a run that has not begun', () => {
    const run = new RunDriver(withCleanup);
    run.control('cancel');
    expect(run.state.status).toBe('cancelled');
    expect(run.commanded()).toEqual([]);
    expect(run.start().state.status).toBe('cancelled');
  });

  it('drops what a paused run has held', () => {
    const run = new RunDriver(withCleanup).start();
    run.control('pause');
    run.complete('a');
    run.control('cancel');
    expect(run.state).toMatchObject({ status: 'running', held: [] });
    run.complete('tidy');
    run.complete('tell');
    expect(run.state.status).toBe('cancelled');
    const queued = new RunDriver(withCleanup);
    queued.control('pause');
    queued.start();
    queued.control('cancel');
    expect(queued.state).toMatchObject({ status: 'cancelled', held: [] });
  });

  it('known again after a retry: it does not undo that', () => {
    const run = new RunDriver(flow([noop('a')])).start();
    run.control('cancel', 'c1');
    run.retry();
    run.start();
    expect(run.control('cancel', 'c1')).toEqual({ kind: 'ignored', reason: 'already_so' });
    expect(run.state.status).toBe('running');
  });

  it('times out in its cleanup', () => {
    const run = new RunDriver(withCleanup).start();
    run.control('cancel');
    run.fire('run:timeout');
    expect(run.state.status).toBe('timed_out');
  });
});

describe('terminate', () => {
  it('ends without a cleanup, children too', () => {
    const run = new RunDriver(withCleanup).start();
    run.control('terminate', 't1');
    expect(run.state).toMatchObject({ status: 'cancelled', error: { code: 'run_terminated' } });
    expect(actions(run)).toEqual(['terminate', 'terminate']);
    expect(run.control('terminate', 't1')).toEqual({ kind: 'ignored', reason: 'run_ended' });
    run.retry();
    expect(run.control('terminate', 't1')).toEqual({ kind: 'ignored', reason: 'already_so' });
  });

  it('ends a cleanup', () => {
    const run = new RunDriver(withCleanup).start();
    run.control('cancel');
    run.control('terminate');
    expect(run.factsOf('run.cancelled')[0]?.data).toMatchObject({ forced: true });
    expect(run.complete('tidy')).toEqual({ kind: 'ignored', reason: 'run_ended' });
  });
});

describe('terminate in the middle of a cleanup', () => {
  it('reaches the children that were told to stop gently', () => {
    const run = new RunDriver(
      flow([{ id: 'sub', type: 'flow', workflow: 'other' }, noop('tidy')], [], { settings: { on_cancel: { goto: 'tidy' } } }),
    ).start();
    const children = run.openChildren('sub');
    run.control('cancel');
    run.control('terminate');
    expect(run.factsOf('run.cancelled')[0]?.data).toMatchObject({ forced: true, children });
  });
});
