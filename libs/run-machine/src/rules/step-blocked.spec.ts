import { describe, expect, it } from '@jest/globals';
import { toTypeId, type StepOutcome } from '@flows/contracts';
import { agent, flow, noop } from '../testing/flows.js';
import { RUN_ID, RunDriver, START } from '../testing/run-driver.js';

const failure = (errorClass: 'auth' | 'retryable'): StepOutcome => ({
  status: 'failed',
  error: { code: 'no', message: 'no', class: errorClass, origin: 'provider' },
});
const deferred: StepOutcome = { status: 'deferred', until: START + 5_000, reason: 'rate_limit', details: { limit: 3 } };

describe('a deferred attempt', () => {
  it('waits for room, and counts for nothing', () => {
    const run = new RunDriver(flow([noop('a', { retry: { max_attempts: 2 } })])).start();
    for (const attempt of [1, 2, 3]) {
      run.report('a', deferred);
      expect(run.state).toMatchObject({ status: 'waiting', parked: 1 });
      expect(run.state.steps.get('a')).toMatchObject({
        wait: { for: 'capacity' },
        timer: { id: `room:a:${attempt}`, dueAt: START + 5_000 },
      });
      run.fire(`room:a:${attempt}`);
    }
    run.report('a', failure('retryable'));
    expect(run.state.steps.get('a')).toMatchObject({ status: 'retrying', attempt: 4 });
    run.fire('retry:a:4');
    run.report('a', failure('retryable'));
    expect(run.state).toMatchObject({ status: 'failed', error: { attempt: 5 } });
  });

  it('keeps its key and its input, and is fenced like any other', () => {
    const run = new RunDriver(flow([noop('a')])).start();
    run.report('a', deferred);
    expect(run.give(run.reportInput('a', 1, deferred))).toEqual({ kind: 'ignored', reason: 'attempt_not_open' });
    run.fire('room:a:1');
    const keys = run.open.flatMap((command) => (command.type === 'step.run' ? [command.command.idempotency_key] : []));
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
  });
});

describe('a connection that needs to be re-authorised', () => {
  it.each([noop('a'), agent('a')])('is waited for, and tried again at the resumption', (step) => {
    const run = new RunDriver(flow([step])).start();
    run.report('a', failure('auth'));
    expect(run.state).toMatchObject({ status: 'waiting', waitingSince: START });
    // It looks again by itself: the news that the connection is back may have passed it by.
    expect(run.state.steps.get('a')).toMatchObject({
      wait: { for: 'reauth' },
      timer: { id: 'reauth:a:1', dueAt: START + 60_000 },
    });
    run.control('resume', 'r1');
    expect(run.state.steps.get('a')).toMatchObject({ status: 'scheduled', attempt: 2, error: null });
    run.report('a', failure('auth'));
    expect(run.control('resume', 'r1')).toEqual({ kind: 'ignored', reason: 'already_so' });
    run.control('resume');
    run.complete('a', 'in');
    expect(run.state).toMatchObject({ status: 'completed', output: 'in' });
  });

  it('is not what a parent means that resumes', () => {
    const parent = { run_id: RUN_ID, step_id: 's', kind: 'item' as const, index: 0, depth: 1 };
    const run = new RunDriver(flow([noop('a')]), {}, { parent }).start();
    run.report('a', failure('auth'));
    const byParent = { id: 'p', run_id: RUN_ID, workspace_id: RUN_ID, at: START, actor: toTypeId('run', RUN_ID) };
    expect(run.give({ ...byParent, type: 'control.resume' })).toEqual({ kind: 'ignored', reason: 'already_so' });
  });

  it('fails the step where the flow says so, and for steps without a connection', () => {
    const failing = new RunDriver(flow([noop('a')], [], { settings: { on_reauth: 'fail' } })).start();
    failing.report('a', failure('auth'));
    expect(failing.state.status).toBe('failed');
    const http = new RunDriver(flow([{ id: 'a', type: 'http', url: 'https://example.com/' }])).start();
    http.report('a', failure('auth'));
    expect(http.state.status).toBe('failed');
  });
});

describe('the time of all attempts together', () => {
  it('bounds them, whatever their number', () => {
    const retry = { max_attempts: 100, initial_interval: '10s', backoff: 1, jitter: false, max_elapsed: '25s' };
    const run = new RunDriver(flow([noop('a', { retry })])).start();
    for (const attempt of [1, 2]) {
      run.report('a', failure('retryable'));
      run.now += 10_000;
      run.fire(`retry:a:${attempt}`);
    }
    run.report('a', failure('retryable'));
    expect(run.state).toMatchObject({ status: 'failed', error: { attempt: 3 } });
  });
});

describe('progress of a long attempt', () => {
  const told = (run: RunDriver, attempt: number, progress?: object) =>
    run.give({
      ...run.reportInput('a', attempt, deferred),
      type: 'step.progressed',
      id: `prg:${attempt}:${JSON.stringify(progress)}`,
      ...(progress === undefined ? {} : { progress }),
    } as never);

  it('is a fact when it is new', () => {
    const run = new RunDriver(flow([noop('a')])).start();
    expect(told(run, 1).kind).toBe('decided');
    expect(run.statuses()).toEqual({ a: 'running' });
    expect(told(run, 1)).toEqual({ kind: 'ignored', reason: 'nothing_new' });
    expect(told(run, 1, { done: 3 }).kind).toBe('decided');
    expect(told(run, 1, { done: 3 })).toEqual({ kind: 'ignored', reason: 'nothing_new' });
    expect(run.state.steps.get('a')?.progress).toEqual({ done: 3 });
    expect(told(run, 2)).toEqual({ kind: 'ignored', reason: 'attempt_not_open' });
    run.complete('a');
    expect(told(run, 1, { done: 4 })).toEqual({ kind: 'ignored', reason: 'run_ended' });
  });
});
