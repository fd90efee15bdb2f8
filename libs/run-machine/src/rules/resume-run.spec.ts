import { describe, expect, it } from '@jest/globals';
import { chain, edge, flow, noop } from '../testing/flows.js';
import { RUN_ID, RunDriver, START, WORKSPACE_ID } from '../testing/run-driver.js';

const hears = { id: 'w', type: 'wait', event: { type: 'go', timeout: '1h' } };

describe('what came while a run was paused', () => {
  it.each([
    ['an event before the timer', [10, 70], { timed_out: false }],
    ['a timer before the event', [70, 60], { timed_out: true }],
  ])('takes effect in the order in which it came: %s', (_, [eventAt, timerAt], output) => {
    const run = new RunDriver(
      flow(
        [hears, noop('late'), noop('heard')],
        [edge('w', 'late', 'steps.w.output.timed_out'), edge('w', 'heard', '!steps.w.output.timed_out')],
      ),
    ).start();
    run.control('pause');
    const steps: [number, () => unknown][] = [
      [eventAt as number, () => run.signal('go')],
      [timerAt as number, () => run.fire('event:w')],
    ];
    for (const [minutes, happen] of steps.sort(([a], [b]) => a - b)) {
      run.now = START + minutes * 60_000;
      happen();
    }
    run.control('resume');
    expect(run.state.steps.get('w')?.output).toMatchObject(output);
    expect(run.commanded()).toEqual([output.timed_out ? 'late' : 'heard']);
  });

  it('stays kept when it is only a connection that is back', () => {
    const run = new RunDriver(flow([noop('a'), noop('b')], chain('a', 'b'))).start();
    run.control('pause');
    run.complete('a');
    const back = {
      type: 'control.resume',
      id: 'r',
      run_id: RUN_ID,
      workspace_id: WORKSPACE_ID,
      at: START,
      actor: 'flows',
      only: 'reauth',
    } as const;
    expect(run.give(back)).toEqual({ kind: 'ignored', reason: 'already_so' });
    expect(run.state.status).toBe('paused');
  });
});

describe('the event that started a run', () => {
  it('ends no wait of it, and another source may use the same id', () => {
    const trigger = { type: 'crm_event', event_id: '1', event: { id: '1', source: 'test', type: 'go' } } as const;
    const run = new RunDriver(flow([{ id: 'w', type: 'wait', event: { type: 'go' } }]));
    run.state = { ...run.state, trigger };
    run.start();
    expect(run.give({ ...run.inputs[0], type: 'event.received', id: 'e', event: run.event('go', null, '1') } as never)).toEqual({
      kind: 'ignored',
      reason: 'event_used',
    });
    expect(
      run.give({
        ...run.inputs[0],
        type: 'event.received',
        id: 'f',
        event: { ...run.event('go', null, '1'), source: '/form' },
      } as never).kind,
    ).toBe('decided');
    expect(run.state.status).toBe('completed');
  });
});
