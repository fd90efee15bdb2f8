import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Evidence } from '../evidence/evidence.js';
import { busyWorld, type BusyWorld } from '../testing/busy-world.js';
import { factOf } from '../testing/evidence.world.js';
import { checkI2 } from './i2-effect-once-per-key.js';

let busy: BusyWorld;
let evidence: Evidence;
beforeEach(() => {
  busy = busyWorld();
  ({ evidence } = busy.world);
});
const said = () => checkI2(evidence).map(({ what }) => what);

describe('I2: an effect is applied once', () => {
  it('names a second key for the same input of a step', () => {
    factOf(evidence, 'step.scheduled', 'again').data.idempotency_key = 'another';
    expect(said()).toEqual(expect.arrayContaining([expect.stringMatching(/the same input went out under .* and another/)]));
  });

  it('names a key that goes with two requests', () => {
    factOf(evidence, 'step.scheduled', 'again').data.input = 'another';
    expect(said()).toEqual(
      expect.arrayContaining(['one key goes with two requests', 'commanded with another input than scheduled']),
    );
  });

  it('names two bodies, and two effects, under one key', () => {
    Object.assign(evidence.calls[0]!, { bodies: ['a', 'b'], applied: 2 });
    expect(said()).toEqual(['2 different bodies went out under it', 'the provider applied it 2 times']);
  });

  it('names a call more than there were attempts, unless something failed', () => {
    evidence.calls[0]!.count += 1;
    expect(said()).toEqual(['the provider was called 2 times for 1 attempts, although nothing failed']);
    evidence.conditions.faults = true;
    expect(said()).toEqual([]);
  });

  it('names a call of nobody', () => {
    evidence.calls.push({ ...evidence.calls[0]!, key: 'nobody' });
    expect(said()).toEqual(['a provider was called under a key that no step was scheduled with']);
  });

  it('names a call that began when the effect was long done', () => {
    evidence.calls[0]!.last_at += 60_000;
    expect(said()).toEqual([expect.stringContaining('after its effect was known to be done')]);
  });

  it('names an effect that the history calls done and the ledger does not', () => {
    evidence.effects[0]!.state = 'intended';
    expect(said()).toEqual([expect.stringContaining('the ledger says intended')]);
  });
});
