import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { factOf } from '../testing/evidence.world.js';
import { checkI15 } from './i15-fencing.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI15(evidence).map(({ what }) => what);

describe('I15: fencing', () => {
  it('names a report that counted for another attempt than the open one', () => {
    const completed = factOf(evidence, 'step.completed', 'again');
    completed.data.attempt = 1;
    expect(said()).toEqual([expect.stringContaining('of attempt 1 counted while attempt 2 was open')]);
    completed.data.attempt = 2;
    completed.caused_by = completed.caused_by.replace(/2$/, '1');
    expect(said()).toEqual([expect.stringContaining('counted while attempt 2 was open')]);
  });

  it('names a report that counted twice', () => {
    const completed = factOf(evidence, 'step.completed', 'again');
    evidence.facts.push({ ...completed, seq: completed.seq + 1 });
    expect(said()).toEqual([expect.stringContaining('although no attempt was open')]);
  });

  it('names two open attempts, and an attempt that is left out', () => {
    evidence.facts = evidence.facts.filter(({ type }) => type !== 'step.retrying');
    expect(said()).toEqual([expect.stringContaining('attempt 2 begins while attempt 1 is open')]);
    factOf(evidence, 'step.scheduled', 'again').data.attempt = 3;
    expect(said()).toEqual(expect.arrayContaining([expect.stringContaining('attempt 3 follows attempt 1')]));
  });

  it('names an effect of an attempt that was never scheduled', () => {
    evidence.effects[0]!.attempt = 7;
    expect(said()).toEqual([expect.stringContaining('never scheduled')]);
  });
});
