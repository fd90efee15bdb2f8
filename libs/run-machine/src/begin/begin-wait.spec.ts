import { describe, expect, it } from '@jest/globals';
import { chain, edge, flow, noop, transform } from '../testing/flows.js';
import { RunDriver, START } from '../testing/run-driver.js';

const waitUntil = (until: string, more: object = {}) => ({ id: 'w', type: 'wait', until, ...more });
const waitEvent = (id: string, event: object, more: object = {}) => ({ id, type: 'wait', event, ...more });
const HOUR = 3_600_000;

describe('a wait until a time', () => {
  it.each([
    ['a timestamp', 'timestamp(payload.at)', {}, '2025-12-24T09:00:00.000Z'],
    ['a text with an offset', 'payload.at', {}, '2025-12-24T09:00:00.000Z'],
    ['a local text', '"2025-12-24T09:00"', { timezone: 'Europe/Berlin' }, '2025-12-24T08:00:00.000Z'],
  ])('parks until %s', (_name, until, more, due) => {
    const run = new RunDriver(flow([waitUntil(until, more)]), { at: '2025-12-24T09:00:00Z' }).start();
    expect(run.factsOf('step.waiting')[0]?.data).toEqual({ timer_id: 'wait:w', due_at: due });
    run.now = Date.parse(due) + 5;
    run.fire('wait:w');
    expect(run.state.output).toEqual({ due_at: due, fired_at: new Date(run.now).toISOString() });
  });

  it('is due at once when the time has passed', () => {
    const run = new RunDriver(flow([waitUntil('"2001-01-01"')])).start();
    expect(run.state.steps.get('w')?.timer?.dueAt).toBe(START);
  });

  it('fails when it is no time, and goes where on_error says', () => {
    expect(new RunDriver(flow([waitUntil('payload.at')]), { at: 'soon' }).start().state.error).toMatchObject({
      code: 'invalid_timestamp',
      step_id: 'w',
    });
    const run = new RunDriver(flow([waitUntil('payload.at', { on_error: { goto: 'late' } }), transform('late')]), {
      at: 1,
    }).start();
    expect(run.state).toMatchObject({ status: 'completed', output: 'late' });
  });
});

describe('a wait for an event', () => {
  const plan = flow([waitEvent('w', { type: 'lead.*', match: 'event.data.id == payload.id', timeout: '1d' })]);

  it('subscribes with what the event must have, and parks with a timer', () => {
    const run = new RunDriver(plan, { id: 7 }).start();
    expect(run.state).toMatchObject({ status: 'waiting', parked: 1 });
    expect(run.open).toEqual([
      {
        type: 'event.subscribe',
        stepId: 'w',
        eventType: 'lead.*',
        correlation: { path: ['data', 'id'], value: 7 },
        since: START - 2_000,
      },
      { type: 'timer.arm', timerId: 'event:w', dueAt: START + 24 * HOUR },
    ]);
  });

  it('ends with the first event that matches; others change nothing', () => {
    const run = new RunDriver(plan, { id: 7 }).start();
    expect(run.correlated('w', 'lead.updated', { id: 8 })).toEqual({ kind: 'ignored', reason: 'event_not_matched' });
    expect(run.correlated('w', 'deal.updated', { id: 7 }, 'd')).toEqual({ kind: 'ignored', reason: 'event_not_matched' });
    expect(run.correlated('w', 'lead.updated', null, 'n')).toEqual({ kind: 'ignored', reason: 'event_not_matched' });
    run.correlated('w', 'lead.updated', { id: 7 }, 'e');
    expect(run.state).toMatchObject({ status: 'completed', output: { timed_out: false, event: { id: 'e', data: { id: 7 } } } });
  });

  it('ends at its time-out with nothing', () => {
    const run = new RunDriver(plan, { id: 7 }).start();
    run.fire('event:w');
    expect(run.state).toMatchObject({ status: 'completed', output: { timed_out: true } });
  });

  it('takes a signal as well', () => {
    const run = new RunDriver(plan, { id: 7 }).start();
    run.signal('lead.won', { id: 7 });
    expect(run.state.status).toBe('completed');
  });

  it('is not ended by the event that started the run', () => {
    const run = new RunDriver(plan, { id: 7 }, { trigger: { type: 'crm_event', event_id: 'e1' } }).start();
    expect(run.correlated('w', 'lead.updated', { id: 7 }, 'e1')).toEqual({ kind: 'ignored', reason: 'event_used' });
  });
});

/*
 *  work ──► w        the signal comes while `work` is under way
 */
describe('a signal before its wait', () => {
  const early = (event: object) => {
    const run = new RunDriver(flow([noop('work'), waitEvent('w', event)], chain('work', 'w'))).start();
    run.now = START + HOUR;
    run.signal('go');
    run.now = START + 3 * HOUR;
    return run;
  };

  it('is kept, and ends the wait when that begins', () => {
    const run = early({ type: 'go' });
    expect(run.state.mailbox).toHaveLength(1);
    run.complete('work');
    expect(run.state).toMatchObject({ status: 'completed', output: { timed_out: false, event: { type: 'go' } } });
    expect(run.typesSince(3)).toEqual(['step.completed work', 'step.awaiting_event w', 'step.completed w', 'run.completed']);
  });

  it.each([
    ['run', true],
    ['4h', true],
    ['1h', false],
    ['step', false],
  ])('since %s: it counts: %s', (since, counts) => {
    const run = early({ type: 'go', since });
    run.complete('work');
    expect(run.state.status).toBe(counts ? 'completed' : 'waiting');
  });

  it('comes twice and is kept once', () => {
    const run = early({ type: 'go' });
    expect(run.signal('go')).toEqual({ kind: 'ignored', reason: 'event_used' });
    run.complete('work');
    expect(run.signal('go').kind).toBe('ignored');
  });

  it('is kept before the run has begun', () => {
    const run = new RunDriver(flow([waitEvent('w', { type: 'go' })]));
    run.signal('go');
    expect(run.state).toMatchObject({ status: 'queued', begun: false });
    run.start();
    expect(run.state.status).toBe('completed');
  });

  it('is one of at most a thousand', () => {
    const run = new RunDriver(flow([noop('work')])).start();
    for (let index = 0; index < 1_000; index += 1) run.signal('go', null, `g${index}`);
    expect(run.signal('go', null, 'more')).toEqual({ kind: 'ignored', reason: 'mailbox_full' });
  });
});

describe('an event counts once', () => {
  it('not again for a wait that begins after it ended one', () => {
    const run = new RunDriver(flow([waitEvent('a', { type: 'go' }), waitEvent('b', { type: 'go' })], chain('a', 'b'))).start();
    run.signal('go', null, 'one');
    expect(run.statuses()).toEqual({ a: 'completed', b: 'waiting' });
    expect(run.signal('go', null, 'one').kind).toBe('ignored');
    expect(run.correlated('b', 'go', null, 'one').kind).toBe('ignored');
    run.signal('go', null, 'two');
    expect(run.state.status).toBe('completed');
  });

  it('not again when it was kept for the first', () => {
    const run = new RunDriver(flow([waitEvent('a', { type: 'go' }), waitEvent('b', { type: 'go' })], chain('a', 'b')));
    run.signal('go', null, 'one');
    run.start();
    expect(run.statuses()).toEqual({ a: 'completed', b: 'waiting' });
  });

  it('ends every wait that is open when it comes, and nothing more once the run has failed of it', () => {
    const both = [waitEvent('a', { type: 'go' }), waitEvent('b', { type: 'go' })];
    const run = new RunDriver(flow(both)).start();
    run.signal('go');
    expect(run.state.status).toBe('completed');
    const broken = new RunDriver(flow([...both, noop('c')], [edge('a', 'c', 'payload.nothing')])).start();
    broken.signal('go');
    expect(broken.state.status).toBe('failed');
    expect(broken.facts.at(-1)?.type).toBe('run.failed');
  });

  it('counts again for a wait that a retry lets begin anew', () => {
    const run = new RunDriver(flow([noop('a'), waitEvent('w', { type: 'go' }), noop('b')], chain('a', 'w', 'b'))).start();
    run.complete('a');
    run.signal('go');
    run.fail('b');
    run.retry({ from_step: 'a' });
    run.start().complete('a');
    expect(run.statuses()).toEqual({ a: 'completed', w: 'completed', b: 'scheduled' });
  });
});

describe('events while the run is paused', () => {
  it('are kept, and end their waits at the resumption, all that were open', () => {
    const run = new RunDriver(
      flow([waitEvent('a', { type: 'go' }), waitEvent('b', { type: 'go' }), noop('c')], chain('a', 'c')),
    ).start();
    run.control('pause');
    run.signal('go');
    run.correlated('b', 'go', null, 'other');
    expect(run.statuses()).toMatchObject({ a: 'waiting', b: 'waiting' });
    run.control('resume');
    expect(run.statuses()).toEqual({ a: 'completed', b: 'completed', c: 'scheduled' });
    expect(run.signal('go').kind).toBe('ignored');
  });
});
