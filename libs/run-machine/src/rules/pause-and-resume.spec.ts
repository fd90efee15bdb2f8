import { describe, expect, it } from '@jest/globals';
import { chain, edge, flow, noop, transform } from '../testing/flows.js';
import { RunDriver, START } from '../testing/run-driver.js';

describe('a paused run', () => {
  it('begins nothing; what is at work ends and is kept, and the resumption goes on from there', () => {
    const run = new RunDriver(flow([noop('a'), noop('b')], chain('a', 'b'))).start();
    run.control('pause');
    expect(run.state).toMatchObject({ status: 'paused', waitingSince: null });
    run.complete('a', 1);
    expect(run.state.status).toBe('paused');
    expect(run.statuses()).toEqual({ a: 'completed' });
    run.control('resume');
    expect(run.statuses()).toEqual({ a: 'completed', b: 'scheduled' });
    expect(run.state).toMatchObject({ status: 'running', held: [] });
  });

  it('says no to what holds already, and to a run that has ended', () => {
    const run = new RunDriver(flow([noop('a')])).start();
    expect(run.control('resume')).toEqual({ kind: 'ignored', reason: 'already_so' });
    run.control('pause');
    expect(run.control('pause')).toEqual({ kind: 'ignored', reason: 'already_so' });
    run.control('resume');
    run.complete('a');
    expect(run.control('pause')).toEqual({ kind: 'ignored', reason: 'run_ended' });
    expect(run.control('resume')).toEqual({ kind: 'ignored', reason: 'run_ended' });
  });

  it('knows a pause that comes again after the resumption', () => {
    const run = new RunDriver(flow([noop('a')])).start();
    run.control('pause', 'p1');
    run.control('resume', 'r1');
    expect(run.control('pause', 'p1')).toEqual({ kind: 'ignored', reason: 'already_so' });
    expect(run.control('pause', 'p2').kind).toBe('decided');
    expect(run.control('resume', 'r1')).toEqual({ kind: 'ignored', reason: 'already_so' });
  });

  it('keeps its first request, and begins with it when resumed', () => {
    const run = new RunDriver(flow([noop('a')]));
    run.control('pause');
    run.start();
    expect(run.state).toMatchObject({ status: 'paused', begun: false, held: [{ type: 'run.requested' }] });
    expect(run.start().inputs.length).toBe(3);
    expect(run.factsOf('run.input_held')).toHaveLength(1);
    run.control('resume');
    expect(run.state).toMatchObject({ status: 'running', begun: true });
    expect(run.commanded()).toEqual(['a']);
  });

  it('queues again when it is resumed before its request has come', () => {
    const run = new RunDriver(flow([noop('a')]));
    run.control('pause');
    run.control('resume');
    expect(run.state.status).toBe('queued');
    run.start();
    expect(run.commanded()).toEqual(['a']);
  });

  it('keeps timers, once each, and lets them take effect when resumed', () => {
    const run = new RunDriver(flow([{ id: 'w', type: 'wait', for: '1h' }, noop('a')], chain('w', 'a'))).start();
    run.control('pause');
    run.fire('wait:w');
    expect(run.fire('wait:w')).toEqual({ kind: 'ignored', reason: 'already_so' });
    expect(run.statuses()).toEqual({ w: 'waiting' });
    run.now = START + 9 * 3_600_000;
    run.control('resume');
    expect(run.state.steps.get('w')?.output).toEqual({
      due_at: new Date(START + 3_600_000).toISOString(),
      fired_at: new Date(run.now).toISOString(),
    });
    expect(run.commanded()).toEqual(['a']);
  });

  it('keeps back-offs and decisions', () => {
    const run = new RunDriver(flow([noop('a'), { id: 'ask', type: 'approval' }, noop('b')], chain('ask', 'b'))).start();
    run.fail('a', 'busy', 'retryable');
    run.control('pause');
    run.fire('retry:a:1');
    run.decideOn('ask', 'approved');
    expect(run.decideOn('ask', 'rejected')).toEqual({ kind: 'ignored', reason: 'already_so' });
    run.control('resume');
    expect(run.commanded()).toEqual(['a', 'a', 'b']);
    expect(run.state.steps.get('ask')?.output).toMatchObject({ decision: 'approved' });
  });

  it('takes of a due time and a decision the one that came first', () => {
    const run = new RunDriver(flow([{ id: 'ask', type: 'approval', due: '1h' }])).start();
    run.control('pause');
    run.fire('due:ask');
    run.decideOn('ask', 'approved');
    run.control('resume');
    expect(run.state).toMatchObject({ status: 'completed', output: { decision: 'rejected', by: 'due' } });
  });

  /* A timer that ends the last open step does not end the run while something that settled in the pause has not gone on. */
  it('does not end with its last timer while a step that was done in the pause leads on', () => {
    const run = new RunDriver(flow([{ id: 'w', type: 'wait', for: '1h' }, noop('a'), noop('b')], chain('a', 'b'))).start();
    run.control('pause');
    run.complete('a');
    run.fire('wait:w');
    run.control('resume');
    expect(run.state.status).toBe('running');
    expect(run.commanded()).toEqual(['a', 'b']);
  });

  it('ends, when resumed, if everything was done in the pause', () => {
    const run = new RunDriver(flow([noop('a')])).start();
    run.control('pause');
    run.complete('a', 'kept');
    run.control('resume');
    expect(run.state).toMatchObject({ status: 'completed', output: 'kept' });
  });

  it('fails at once when a step fails for good, and times out', () => {
    const failing = new RunDriver(flow([noop('a')])).start();
    failing.control('pause');
    failing.fail('a');
    expect(failing.state.status).toBe('failed');
    const late = new RunDriver(flow([noop('a')])).start();
    late.control('pause');
    late.fire('run:timeout');
    expect(late.state.status).toBe('timed_out');
  });

  it('pauses and resumes the items under way, and begins no others', () => {
    const each = {
      id: 'each',
      type: 'foreach',
      items: 'payload.items',
      concurrency: 1,
      graph: { steps: [transform('t')], edges: [] },
    };
    const call = { id: 'call', type: 'flow', workflow: 'other' };
    const run = new RunDriver(flow([each, call]), { items: [1, 2] }).start();
    const [first] = run.openChildren('each') as [string];
    run.control('pause');
    expect(run.factsOf('run.paused')[0]?.data.children).toEqual([first]);
    run.childEnds('each', first, 'A');
    run.childEnds('call', run.openChildren('call')[0] as string, 'B');
    expect(run.openChildren('each')).toEqual([]);
    expect(run.state.status).toBe('paused');
    run.control('resume');
    expect(run.openChildren('each')).toHaveLength(1);
    run.childEnds('each', run.openChildren('each')[0] as string, 'C');
    expect(run.state).toMatchObject({ status: 'completed', output: { each: ['A', 'C'], call: 'B' } });
  });

  it('records nothing after its end, when two things end it at the resumption', () => {
    const each = (id: string) => ({ id, type: 'foreach', items: '[1]', graph: { steps: [transform('t')], edges: [] } });
    const run = new RunDriver(
      flow([each('x'), each('y'), noop('z')], [edge('x', 'z', 'payload.nothing'), edge('y', 'z', 'payload.nothing')]),
    ).start();
    run.control('pause');
    for (const id of ['x', 'y']) run.childEnds(id, run.openChildren(id)[0] as string, 1);
    run.control('resume');
    expect(run.state.status).toBe('failed');
    expect(run.facts.at(-1)?.type).toBe('run.failed');
  });
});
