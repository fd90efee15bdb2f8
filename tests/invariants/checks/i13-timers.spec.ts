import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { factOf } from '../testing/evidence.world.js';
import { checkI13, timerLateness } from './i13-timers.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI13(evidence).map(({ what }) => what);

describe('I13: timers', () => {
  it('names one that took effect before it was due', () => {
    const waiting = evidence.facts.find(({ run_id, type }) => run_id === busy.waited && type === 'step.waiting')!;
    (waiting.data as { due_at: string }).due_at = new Date(waiting.at + 2 * 3_600_000).toISOString();
    expect(said()).toEqual([
      expect.stringMatching(/the timer wait:pause took effect \d+ ms before/),
      expect.stringMatching(/^fired \d+ ms before/),
    ]);
  });

  it('names one that took effect twice', () => {
    const first = evidence.facts.find(({ run_id, caused_by }) => run_id === busy.waited && caused_by.startsWith('tmr:'))!;
    const last = evidence.facts.findLast(({ run_id }) => run_id === busy.waited)!;
    evidence.facts.push({ ...last, seq: last.seq + 1, caused_by: first.caused_by });
    expect(said()).toEqual(['the timer wait:pause took effect 2 times']);
  });

  it('names one that does not fire', () => {
    evidence.takenAt += 2 * 3_600_000;
    expect(said()).toEqual([expect.stringContaining('should have fired')]);
  });

  it('does not ask for one that a paused run holds', () => {
    busy.world.control(busy.waiting, 'pause');
    evidence = { ...evidence, takenAt: evidence.takenAt + 2 * 3_600_000 };
    expect(said()).toEqual([]);
  });

  it('names a row that nothing waits for, and one with another time than its fact', () => {
    evidence.timers[0]!.due_at += 1;
    evidence.timers.push({ ...evidence.timers[0]!, run_id: busy.waited });
    expect(said()).toEqual([expect.stringContaining('is due at'), expect.stringContaining('nothing waits for it')]);
  });

  it('measures how late they were, without those that a pause held back', () => {
    const fired = evidence.facts.find(({ run_id, caused_by }) => run_id === busy.retrying && caused_by.startsWith('tmr:'))!;
    fired.at += 40;
    expect(timerLateness(evidence)).toMatchObject({ count: 2, max: 41, p99: 41, histogram: { '<2': 1, '<64': 1 } });
    expect(factOf(evidence, 'run.input_held')).toBeDefined();
  });
});
