import { describe, expect, it } from '@jest/globals';
import { edge, flow, noop } from '../testing/flows.js';
import { RunDriver, START } from '../testing/run-driver.js';

describe('a run from start to end', () => {
  it('goes from step to step, maps inputs from earlier outputs, and ends with the last output', () => {
    const run = new RunDriver(
      flow(
        [
          noop('enrich', { input: { lead: '${ payload.lead }' } }),
          { id: 'qualified', type: 'branch' },
          noop('add', { input: { score: '${ steps.enrich.output.score }' } }),
        ],
        [edge('enrich', 'qualified'), edge('qualified', 'add', 'steps.enrich.output.score >= 50')],
      ),
      { lead: 'ada' },
    ).start();
    expect(run.commanded()).toEqual(['enrich']);
    run.complete('enrich', { score: 70 });
    expect(run.statuses()).toEqual({ enrich: 'completed', qualified: 'completed', add: 'scheduled' });
    expect(run.state.steps.get('add')?.scheduled?.input).toEqual({ score: 70 });
    run.complete('add', { enrollment: 1 });
    expect(run.state).toMatchObject({ status: 'completed', output: { enrollment: 1 }, viaFallback: false });
    expect(run.facts.map((fact) => fact.type)).toEqual([
      'run.started',
      'step.scheduled',
      'step.completed',
      'step.completed',
      'step.scheduled',
      'step.completed',
      'run.completed',
    ]);
    expect(run.facts.map((fact) => fact.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('ends a path on which a branch takes no edge, with the last real output', () => {
    const run = new RunDriver(
      flow([noop('a'), { id: 'b', type: 'branch' }, noop('c')], [edge('a', 'b'), edge('b', 'c', 'payload.go')]),
      { go: false },
    ).start();
    run.complete('a', 'kept');
    expect(run.statuses()).toEqual({ a: 'completed', b: 'completed', c: 'skipped' });
    expect(run.state).toMatchObject({ status: 'completed', output: 'kept' });
  });

  it('gives an object by step id when several steps are last', () => {
    const run = new RunDriver(flow([noop('a'), noop('b')], [])).start();
    expect(run.commanded()).toEqual(['a', 'b']);
    run.complete('b', 2);
    run.complete('a', 1);
    expect(run.state.output).toEqual({ a: 1, b: 2 });
  });
});

/*
 *        ┌─► left ──┐
 *  start ┤          ├─► join ─► end
 *        └─► right ─┘
 */
describe('parallel paths and joins', () => {
  const diamond = (join?: 'any', conditions: (string | undefined)[] = []) =>
    flow(
      [noop('start'), noop('left'), noop('right'), noop('join', join ? { join } : {}), noop('end')],
      [
        edge('start', 'left', conditions[0]),
        edge('start', 'right', conditions[1]),
        edge('left', 'join'),
        edge('right', 'join'),
        edge('join', 'end'),
      ],
    );

  it('starts a join once all its edges are settled', () => {
    const run = new RunDriver(diamond()).start();
    run.complete('start');
    run.complete('right');
    expect(run.commanded()).toEqual(['start', 'left', 'right']);
    run.complete('left');
    expect(run.commanded()).toEqual(['start', 'left', 'right', 'join']);
  });

  it('never hangs on a dead path', () => {
    const run = new RunDriver(diamond(undefined, ['false', undefined])).start();
    run.complete('start');
    run.complete('right');
    expect(run.statuses()).toMatchObject({ left: 'skipped', join: 'scheduled' });
  });

  it('skips through when all paths are dead, and ends', () => {
    const run = new RunDriver(diamond(undefined, ['false', 'false'])).start();
    run.complete('start', 'x');
    expect(run.statuses()).toEqual({ start: 'completed', left: 'skipped', right: 'skipped', join: 'skipped', end: 'skipped' });
    expect(run.state).toMatchObject({ status: 'completed', output: 'x' });
  });

  it('starts a join of any at the first live edge, once', () => {
    const run = new RunDriver(diamond('any')).start();
    run.complete('start');
    run.complete('left');
    expect(run.commanded()).toEqual(['start', 'left', 'right', 'join']);
    run.complete('right');
    run.complete('join');
    expect(run.commanded()).toEqual(['start', 'left', 'right', 'join', 'end']);
  });
});

describe('branches', () => {
  const branch = (mode?: string) =>
    flow(
      [{ id: 'b', type: 'branch', ...(mode ? { mode } : {}) }, noop('otherwise'), noop('big'), noop('huge')],
      [edge('b', 'otherwise'), edge('b', 'big', 'payload.n >= 10'), edge('b', 'huge', 'payload.n >= 100')],
    );

  it.each([
    [5, undefined, ['otherwise']],
    [50, undefined, ['big']],
    [500, undefined, ['big']],
    [5, 'all', ['otherwise']],
    [500, 'all', ['otherwise', 'big', 'huge']],
  ])('n = %s in mode %s takes %j', (n, mode, taken) => {
    const run = new RunDriver(branch(mode), { n }).start();
    expect(run.commanded()).toEqual(taken);
    expect(run.state.steps.get('b')?.output).toEqual({ taken });
  });

  it('fails the run with the edge named when a condition cannot be evaluated', () => {
    const run = new RunDriver(branch(), {}).start();
    expect(run.state.status).toBe('failed');
    expect(run.state.error).toMatchObject({ code: 'condition_failed', step_id: 'b' });
    expect(run.state.error?.message).toContain('payload.n');
  });
});

describe('failure', () => {
  it('halts: the run fails at once, later reports change nothing', () => {
    const run = new RunDriver(flow([noop('a'), noop('b'), noop('c')], [edge('a', 'c')])).start();
    run.fail('a', 'rejected');
    expect(run.state).toMatchObject({ status: 'failed', error: { code: 'rejected', step_id: 'a', attempt: 1 } });
    expect(run.statuses()).toEqual({ a: 'failed', b: 'cancelled' });
    expect(run.complete('b')).toEqual({ kind: 'ignored', reason: 'run_ended' });
  });

  it('goes on with null and a visible error when told to continue', () => {
    const run = new RunDriver(
      flow([noop('a', { on_error: 'continue' }), noop('b', { input: '${ steps.a.error.code }' })], [edge('a', 'b')]),
    ).start();
    run.fail('a', 'rejected');
    expect(run.state.steps.get('b')?.scheduled?.input).toBe('rejected');
    run.complete('b', 'done');
    expect(run.state).toMatchObject({ status: 'completed', output: 'done', viaFallback: true });
  });

  it('goes to the fallback, whose target is skipped when nothing failed', () => {
    const plan = flow([noop('a', { on_error: { goto: 'rescue' } }), noop('b'), noop('rescue')], [edge('a', 'b')]);
    const failed = new RunDriver(plan).start();
    expect(failed.commanded()).toEqual(['a']);
    failed.fail('a');
    expect(failed.statuses()).toEqual({ a: 'failed', b: 'skipped', rescue: 'scheduled' });
    const went = new RunDriver(plan).start();
    went.complete('a');
    expect(went.statuses()).toEqual({ a: 'completed', b: 'scheduled', rescue: 'skipped' });
  });

  it('says which mapping failed, without any attempt', () => {
    const run = new RunDriver(flow([noop('a', { input: { x: '${ payload.missing }' } })], [])).start();
    expect(run.state.status).toBe('failed');
    expect(run.state.error?.message).toContain('payload.missing');
    expect(run.commanded()).toEqual([]);
  });
});

describe('retries', () => {
  const plan = flow(
    [
      noop('a', {
        retry: {
          max_attempts: 3,
          initial_interval: '1s',
          backoff: 2,
          max_interval: '10s',
          jitter: false,
          non_retryable: ['never'],
        },
      }),
    ],
    [],
  );

  it('waits longer each time, keeps the key, and fails after the last attempt', () => {
    const run = new RunDriver(plan).start();
    run.fail('a', 'busy', 'retryable');
    expect(run.state).toMatchObject({ status: 'running' });
    expect(run.state.steps.get('a')?.timer).toEqual({ id: 'retry:a:1', dueAt: START + 1000 });
    run.fire('retry:a:1');
    run.fail('a', 'busy', 'retryable');
    expect(run.state.steps.get('a')?.timer).toEqual({ id: 'retry:a:2', dueAt: START + 2000 });
    run.fire('retry:a:2');
    run.fail('a', 'busy', 'retryable');
    expect(run.state).toMatchObject({ status: 'failed', error: { code: 'busy', attempt: 3 } });
    const keys = run.open.flatMap((command) => (command.type === 'step.run' ? [command.command.idempotency_key] : []));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('does not retry what the class or the policy forbids', () => {
    for (const [code, errorClass] of [
      ['x', 'non_retryable'],
      ['never', 'retryable'],
    ] as const) {
      const run = new RunDriver(plan).start();
      run.fail('a', code, errorClass);
      expect(run.state.status).toBe('failed');
    }
  });

  it('honours Retry-After as a lower bound', () => {
    const run = new RunDriver(plan).start();
    run.report('a', {
      status: 'failed',
      error: { code: 'slow_down', message: '', class: 'rate_limited', origin: 'provider' },
      retry_after_ms: 7000,
    });
    expect(run.state.steps.get('a')?.timer?.dueAt).toBe(START + 7000);
  });

  it('ignores the report of an attempt that is not open any more', () => {
    const run = new RunDriver(plan).start();
    const late = run.reportInput('a', 1, { status: 'completed', output: 'late' });
    run.fail('a', 'busy', 'retryable');
    run.fire('retry:a:1');
    expect(run.give(late)).toEqual({ kind: 'ignored', reason: 'attempt_not_open' });
  });
});

describe('waits and time-outs', () => {
  it('parks the run until the timer fires, once', () => {
    const run = new RunDriver(flow([{ id: 'w', type: 'wait', for: '2d' }, noop('a')], [edge('w', 'a')])).start();
    expect(run.state).toMatchObject({ status: 'waiting', parked: 1 });
    expect(run.open).toEqual([{ type: 'timer.arm', timerId: 'wait:w', dueAt: START + 172_800_000 }]);
    run.now = START + 172_800_010;
    run.fire('wait:w');
    expect(run.state.status).toBe('running');
    expect(run.fire('wait:w')).toEqual({ kind: 'ignored', reason: 'timer_not_armed' });
  });

  it('ends a run that is past its time-out, whatever is open', () => {
    const run = new RunDriver(flow([noop('a')], [])).start();
    run.fire('run:timeout');
    expect(run.state).toMatchObject({ status: 'timed_out', error: { code: 'run_timed_out' } });
    expect(run.statuses()).toEqual({ a: 'cancelled' });
  });
});

describe('when', () => {
  it('passes a step over and goes on', () => {
    const run = new RunDriver(
      flow([noop('a', { when: 'payload.go' }), noop('b', { input: '${ steps.a.status }' })], [edge('a', 'b')]),
      { go: false },
    ).start();
    expect(run.statuses()).toEqual({ a: 'skipped', b: 'scheduled' });
    expect(run.state.steps.get('b')?.scheduled?.input).toBe('skipped');
  });
});
