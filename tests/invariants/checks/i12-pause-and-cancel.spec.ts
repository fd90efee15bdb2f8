import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { factOf } from '../testing/evidence.world.js';
import { checkI12 } from './i12-pause-and-cancel.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI12(evidence).map(({ what }) => what);

describe('I12: pause and cancel', () => {
  it('names what begins while the run is paused', () => {
    evidence.facts = evidence.facts.filter(({ run_id, type }) => run_id !== busy.paused || type !== 'run.resumed');
    expect(said()).toEqual(
      expect.arrayContaining([expect.stringMatching(/step\.scheduled of after\) while the run was paused/)]),
    );
  });

  it('names what begins after a cancel and is no cleanup', () => {
    factOf(evidence, 'step.scheduled', 'undo').step_id = 'after';
    expect(said()).toEqual([expect.stringContaining('although the run is being cancelled')]);
  });

  it('names a second end without a retry between, and a step after the end', () => {
    evidence.facts = evidence.facts.filter(({ type }) => type !== 'run.retried');
    expect(said()).toEqual(
      expect.arrayContaining([expect.stringContaining('run.completed) follows the end of the run (run.failed)')]),
    );
  });

  it('names a cancel that was acknowledged and never happened', () => {
    const ended = evidence.facts.find(({ run_id, type }) => run_id === busy.waited && type === 'run.completed')!;
    evidence.client.push({ op: 'cancel', invokedAt: 1, endedAt: ended.at - 1, outcome: 'ok', id: ended.run_id });
    expect(said()).toEqual([expect.stringContaining('cancel was acknowledged')]);
    evidence.client.at(-1)!.endedAt = ended.at;
    expect(said()).toEqual([]);
  });

  it('names a pause that was acknowledged and never happened, unless the run was being cancelled by then', () => {
    const { at } = factOf(evidence, 'run.cancelling');
    const pause = { op: 'pause', invokedAt: 1, endedAt: at - 1, outcome: 'ok', id: busy.cancelled } as const;
    evidence.client.push(pause);
    expect(said()).toEqual([expect.stringContaining('pause was acknowledged')]);
    evidence.client.splice(-1, 1, { ...pause, endedAt: at });
    expect(said()).toEqual([]);
  });

  it('names an attempt that an executor began long after the cancel', () => {
    const { run_id, at } = factOf(evidence, 'run.cancelled');
    const report = { type: 'step.reported', step_id: 'after', attempt: 1, started_at: at + 3_000 };
    busy.world.record(evidence.topicNames.runInputs, run_id, 'rep:late', JSON.stringify(report));
    expect(said()).toEqual(['attempt 1 of step after began 3000 ms after the run was cancelled']);
  });
});
