import { describe, expect, it } from '@jest/globals';
import { toTypeId } from '@flows/contracts';
import { agent, chain, edge, flow, noop, transform } from '../testing/flows.js';
import { RUN_ID, RunDriver, START } from '../testing/run-driver.js';

/*
 *  a ──► b ──► c        x stands beside them
 */
const plan = flow([agent('a'), noop('b', { input: '${ steps.a.output }' }), noop('c'), noop('x')], chain('a', 'b', 'c'));
const failedAtB = () => {
  const run = new RunDriver(plan).start();
  run.complete('a', 1);
  run.fail('b');
  return run;
};
const scheduled = (run: RunDriver, id: string) => run.state.steps.get(id)?.scheduled;

describe('retry', () => {
  it('lets begin anew what failed and what was cut off, and keeps the rest', () => {
    const run = failedAtB();
    expect(run.statuses()).toEqual({ a: 'completed', b: 'failed', x: 'cancelled' });
    run.now = START + 1_000;
    run.retry();
    expect(run.factsOf('run.retried')[0]?.data).toMatchObject({ from: ['x', 'b'], reset: ['x', 'b'], actor: 'ada' });
    expect(run.state).toMatchObject({ status: 'queued', begun: false, error: null, endedAt: null, startedAt: START });
    run.start();
    expect(run.statuses()).toEqual({ a: 'completed', b: 'scheduled', x: 'scheduled' });
    run.complete('x');
    run.complete('b');
    run.complete('c', 'end');
    expect(run.state).toMatchObject({ status: 'completed', output: { c: 'end', x: null } });
  });

  it('of a run that was cut off after its last step had settled lets it end', () => {
    const run = new RunDriver(flow([noop('only')], [])).start();
    run.control('pause');
    run.complete('only', 'done');
    run.control('cancel');
    expect(run.statuses()).toEqual({ only: 'completed' });
    run.retry();
    expect(run.factsOf('run.retried')[0]?.data).toMatchObject({ from: [], reset: [] });
    run.start();
    expect(run.state).toMatchObject({ status: 'completed', output: 'done' });
  });

  it('waits for items that it had cut off itself, and not for the report of that', () => {
    const loop = { id: 'each', type: 'foreach', items: '[1]', graph: { steps: [noop('one')], edges: [] } };
    const run = new RunDriver(flow([loop], [])).start();
    const [item] = run.openChildren('each') as [string];
    run.control('cancel');
    run.retry();
    run.start();
    expect(run.openChildren('each')).toEqual([item]);
    const cutOff = (actor: string) => ({
      status: 'cancelled' as const,
      error: {
        code: 'run_cancelled',
        message: '',
        class: 'non_retryable' as const,
        origin: 'run-machine' as const,
        details: { actor },
      },
    });
    expect(run.childEnds('each', item, cutOff(toTypeId('run', RUN_ID)), { child_seq: 5 })).toMatchObject({ kind: 'ignored' });
    run.childEnds('each', item, 'done', { child_seq: 9 });
    expect(run.state).toMatchObject({ status: 'completed', output: ['done'] });
  });

  it('remembers which attempts are to stop', () => {
    const run = new RunDriver(flow([noop('slow')], [])).start();
    run.now = START + 500;
    run.control('cancel');
    run.now = START + 1_000;
    run.retry();
    expect(run.state.stoppedAt).toBe(START + 500);
  });

  it('counts attempts on, and gives the same input under the same key', () => {
    const run = failedAtB();
    const before = scheduled(run, 'b');
    run.retry();
    run.start();
    expect(scheduled(run, 'b')).toMatchObject({ attempt: 2, idempotency_key: before?.idempotency_key, input: 1 });
    expect(run.give(run.reportInput('b', 1, { status: 'completed', output: 'late' }))).toEqual({
      kind: 'ignored',
      reason: 'attempt_not_open',
    });
  });

  it('has all its attempts anew', () => {
    const run = new RunDriver(flow([noop('a', { retry: { max_attempts: 2 } })])).start();
    run.fail('a', 'busy', 'retryable');
    run.fire('retry:a:1');
    run.fail('a', 'busy', 'retryable');
    expect(run.state.status).toBe('failed');
    run.retry();
    run.start().fail('a', 'busy', 'retryable');
    expect(run.state.steps.get('a')).toMatchObject({ status: 'retrying', attempt: 3 });
  });

  it('goes on from a chosen step, and whatever else had not ended well', () => {
    const run = failedAtB();
    run.retry({ from_step: 'a' });
    expect(run.factsOf('run.retried')[0]?.data).toMatchObject({ from: ['a', 'x'], reset: ['a', 'x', 'b'] });
    run.start();
    expect(run.statuses()).toEqual({ a: 'scheduled', x: 'scheduled' });
  });

  it('leaves no hole: a failed step is not kept when another is chosen', () => {
    const run = failedAtB();
    run.retry({ from_step: 'x' });
    run.start();
    expect(run.statuses()).toEqual({ a: 'completed', b: 'scheduled', x: 'scheduled' });
  });

  it('takes a corrected input, under a key of its own, until it is corrected again', () => {
    const run = failedAtB();
    const key = scheduled(run, 'b')?.idempotency_key;
    run.retry({ from_step: 'b', input: 7 });
    run.start();
    expect(scheduled(run, 'b')).toMatchObject({ input: 7, idempotency_key: `${key}~2`, attempt: 2 });
    run.fail('b');
    run.retry();
    run.start();
    expect(scheduled(run, 'b')).toMatchObject({ input: 7, idempotency_key: `${key}~2`, attempt: 3 });
    run.fail('b');
    run.retry({ from_step: 'b', input: 8 });
    run.start();
    expect(scheduled(run, 'b')).toMatchObject({ input: 8, idempotency_key: `${key}~3` });
  });

  it('gives a corrected input that says the same under the same key', () => {
    const run = failedAtB();
    const key = scheduled(run, 'b')?.idempotency_key;
    run.retry({ from_step: 'b', input: 1 });
    run.start();
    expect(scheduled(run, 'b')?.idempotency_key).toBe(key);
  });

  it('lets a step anew whose edges could not be chosen, beside one that was cut off', () => {
    const run = new RunDriver(flow([noop('a'), noop('b'), noop('x')], [edge('a', 'b', 'steps.a.output.go')])).start();
    run.complete('a', {});
    expect(run.statuses()).toEqual({ a: 'completed', x: 'cancelled' });
    run.retry();
    run.start();
    expect(run.statuses()).toEqual({ a: 'scheduled', x: 'scheduled' });
  });

  it('keeps a failed step that was handled, and says so at the end', () => {
    const run = new RunDriver(flow([noop('a', { on_error: 'continue' }), noop('b')], chain('a', 'b'))).start();
    run.fail('a');
    run.fail('b');
    run.retry();
    expect(run.factsOf('run.retried')[0]?.data.reset).toEqual(['b']);
    run.start().complete('b');
    expect(run.state).toMatchObject({ status: 'completed', viaFallback: true });
  });

  it('begins nothing that no living path leads to', () => {
    const run = new RunDriver(
      flow(
        [noop('a'), transform('t'), noop('dead'), noop('b')],
        [edge('a', 't'), edge('a', 'dead', 'false'), edge('t', 'b'), edge('dead', 'b')],
      ),
    ).start();
    run.complete('a');
    run.fail('b');
    run.retry({ from_step: 't' });
    run.start();
    expect(run.statuses()).toMatchObject({ dead: 'skipped', t: 'completed', b: 'scheduled' });
  });

  it('holds only while the run stands as it stood', () => {
    const run = failedAtB();
    expect(run.retry({ expected_seq: run.state.seq - 1 })).toEqual({ kind: 'ignored', reason: 'run_moved' });
    expect(run.retry({ expected_seq: run.state.seq }).kind).toBe('decided');
  });

  it('comes again and counts once, even when the run has failed again', () => {
    const run = failedAtB();
    run.retry({}, 'r1');
    expect(run.retry({}, 'r1')).toEqual({ kind: 'ignored', reason: 'already_so' });
    run.start().fail('b');
    expect(run.retry({}, 'r1')).toEqual({ kind: 'ignored', reason: 'already_so' });
    expect(run.state.status).toBe('failed');
  });

  it('is for runs that have ended, and not well', () => {
    const run = new RunDriver(flow([noop('a')])).start();
    expect(run.retry()).toEqual({ kind: 'ignored', reason: 'not_ended' });
    run.complete('a');
    expect(run.retry()).toEqual({ kind: 'ignored', reason: 'run_ended' });
  });

  it('finds nothing when the chosen step never began, or when only the output failed', () => {
    expect(failedAtB().retry({ from_step: 'c' })).toEqual({ kind: 'ignored', reason: 'nothing_to_retry' });
    expect(failedAtB().retry({ from_step: 'nobody' })).toEqual({ kind: 'ignored', reason: 'nothing_to_retry' });
    const run = new RunDriver(flow([noop('a')], [], { output: '${ steps.a.output.x }' })).start();
    run.complete('a', {});
    expect(run.state).toMatchObject({ status: 'failed', error: { code: 'no_such_key' } });
    expect(run.retry()).toEqual({ kind: 'ignored', reason: 'nothing_to_retry' });
    expect(run.retry({ from_step: 'a' }).kind).toBe('decided');
  });

  it('begins a run that was cancelled before it began', () => {
    const run = new RunDriver(plan);
    run.control('cancel');
    run.retry();
    run.start();
    expect(run.statuses()).toEqual({ a: 'scheduled', x: 'scheduled' });
  });

  it('goes on between two steps where a paused run was cancelled', () => {
    const run = new RunDriver(flow([noop('a'), noop('b')], chain('a', 'b'))).start();
    run.control('pause');
    run.complete('a');
    run.control('cancel');
    run.retry();
    run.start();
    expect(run.statuses()).toEqual({ a: 'completed', b: 'scheduled' });
  });

  it('of a cancelled run with a cleanup: that begins anew if the run is cancelled again', () => {
    const run = new RunDriver(flow([noop('a'), noop('tidy')], [], { settings: { on_cancel: { goto: 'tidy' } } })).start();
    run.control('cancel');
    run.complete('tidy');
    run.retry();
    run.start();
    expect(run.statuses()).toEqual({ a: 'scheduled' });
    run.control('cancel');
    expect(run.state.steps.get('tidy')).toMatchObject({ status: 'scheduled', attempt: 2 });
  });

  it('puts the time-out off: a row that fires by the old one is not heard', () => {
    const run = new RunDriver(flow([noop('a')], [], { settings: { timeout: '1h' } })).start();
    run.now = START + 3_600_000;
    run.fire('run:timeout');
    expect(run.state.status).toBe('timed_out');
    run.now = START + 5_000_000;
    run.retry();
    expect(run.factsOf('run.retried')[0]?.data.expires_at).toBe(new Date(START + 8_600_000).toISOString());
    run.start();
    expect(run.fire('run:timeout')).toEqual({ kind: 'ignored', reason: 'timer_not_armed' });
    run.now = START + 8_600_000;
    run.fire('run:timeout');
    expect(run.state.status).toBe('timed_out');
  });

  it('of a child run begins at once, as its parent holds the place', () => {
    const parent = { run_id: RUN_ID, step_id: 's', kind: 'flow' as const, depth: 1 };
    const run = new RunDriver(plan, {}, { parent }).start();
    run.fail('a');
    run.retry();
    expect(run.state).toMatchObject({ status: 'running', begun: true });
    expect(toTypeId('run', RUN_ID)).toMatch(/^run_/);
  });

  it('of a child ends once more even with nothing to begin anew: its parent waits for that', () => {
    const parent = { run_id: RUN_ID, step_id: 's', kind: 'flow' as const, depth: 1 };
    const run = new RunDriver(flow([noop('a')], [], { output: '${ steps.a.output.x }' }), {}, { parent }).start();
    run.complete('a', {});
    const { seq } = run.state;
    run.retry();
    expect(run.state.status).toBe('failed');
    expect(run.open.at(-1)).toMatchObject({ type: 'child.report', childSeq: seq + 3 });
  });

  it('gives waits timers of their own', () => {
    const run = new RunDriver(flow([{ id: 'w', type: 'wait', for: '1h' }, noop('a')])).start();
    run.fail('a');
    run.retry();
    run.start();
    expect(run.state.steps.get('w')?.timer?.id).toBe('wait:w:1');
    expect(run.fire('wait:w')).toEqual({ kind: 'ignored', reason: 'timer_not_armed' });
  });
});

describe('the idempotency key', () => {
  it('is the same again for an input that an earlier life had, whatever came between', () => {
    const run = failedAtB();
    const keys = [scheduled(run, 'b')?.idempotency_key];
    for (const input of [{ corrected: true }, 1, { corrected: true }, 1]) {
      run.retry({ from_step: 'b', input });
      run.start();
      keys.push(scheduled(run, 'b')?.idempotency_key);
      run.fail('b');
    }
    const [first, second] = keys;
    expect(second).toBe(`${first}~2`);
    expect(keys).toEqual([first, second, first, second, first]);
  });
});
