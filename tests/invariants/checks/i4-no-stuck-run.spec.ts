import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { EvidenceWorld } from '../testing/evidence.world.js';
import { checkI4 } from './i4-no-stuck-run.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI4(evidence).map(({ what }) => what);

describe('I4: a run waits for something that exists', () => {
  it('names a wait without its timer', () => {
    evidence.timers = [];
    expect(said()).toEqual(['step pause waits for the timer wait:pause, which has no row']);
  });

  it('names a timer that is overdue', () => {
    evidence.takenAt += 2 * 3_600_000;
    expect(said()).toEqual([expect.stringContaining('overdue')]);
  });

  it('names an attempt of which nobody has heard', () => {
    const facts = evidence.facts.filter(({ run_id }) => run_id === busy.waited);
    const scheduled = facts.find(({ type }) => type === 'step.scheduled')!;
    evidence.facts = evidence.facts.filter(({ run_id, seq }) => run_id !== busy.waited || seq <= scheduled.seq);
    evidence.runs.find(({ id }) => id === busy.waited)!.status = 'running';
    expect(said()).toEqual([expect.stringMatching(/attempt 1 of step after should have been reported by/)]);
    evidence = { ...evidence, takenAt: scheduled.at + 1 };
    expect(said()).toEqual([]);
  });

  it('names a run that is at work with nothing', () => {
    const run = evidence.runs.find(({ id }) => id === busy.waited)!;
    run.status = 'running';
    expect(checkI4(evidence)).toEqual([{ invariant: 'I4', subject: run.id, what: 'running, and nothing in it is open' }]);
  });

  it('names a queued run that was admitted and that no sweep looks after, and leaves one that waits for its admission', () => {
    const run = { ...evidence.runs[0]!, id: 'queued', status: 'queued' as const, seq: 0, wake_at: evidence.takenAt - 5_000 };
    evidence.runs.push(run);
    expect(checkI4(evidence)).toEqual([expect.objectContaining({ subject: 'queued' })]);
    evidence = { ...evidence, runs: [...evidence.runs.slice(0, -1), { ...run, admitted_at: null }] };
    expect(said()).toEqual([]);
  });

  it('names what a person or an event is to end and cannot', () => {
    const world = new EvidenceWorld();
    world.start({
      steps: [
        { id: 'ask', type: 'approval' },
        { id: 'hear', type: 'wait', event: { type: 'x.y' } },
      ],
      edges: [],
    });
    ({ evidence } = world);
    expect(said()).toEqual([]);
    evidence = { ...evidence, approvals: [], subscriptions: [] };
    expect(said()).toEqual([expect.stringContaining('which is not open'), expect.stringContaining('has no subscription')]);
  });

  it('says nothing of an installation that is at work', () => {
    evidence.timers = [];
    evidence.conditions.quiet = false;
    expect(said()).toEqual([]);
  });
});
