import { describe, expect, it } from '@jest/globals';
import { busyWorld } from '../testing/busy-world.js';
import { checkI3 } from './i3-no-accepted-run-lost.js';

const start = { op: 'start', invokedAt: 1, endedAt: 2, outcome: 'ok' } as const;

describe('I3: no accepted run is lost', () => {
  it('names a run that was accepted and is not there', () => {
    const { evidence } = busyWorld().world;
    evidence.client.push({ ...start, id: 'gone' });
    expect(checkI3(evidence)).toEqual([{ invariant: 'I3', subject: 'gone', what: 'the run was accepted, and is not there' }]);
  });

  it('asks for nothing of what was refused or never answered', () => {
    const { evidence } = busyWorld().world;
    evidence.client.push({ ...start, outcome: 'unknown', id: 'maybe' }, { ...start, outcome: 'fail', id: null });
    expect(checkI3(evidence)).toEqual([]);
  });

  it('names an idempotency key that stands for two runs', () => {
    const { world, waited, waiting } = busyWorld();
    for (const id of [waited, waiting, waiting]) world.evidence.client.push({ ...start, id, idempotencyKey: 'k' });
    expect(checkI3(world.evidence)).toHaveLength(2);
    expect(checkI3(world.evidence)[0]?.what).toContain('one idempotency key');
  });

  it('names facts of a run that nobody accepted', () => {
    const { evidence } = busyWorld().world;
    evidence.facts.push({ ...evidence.facts[0]!, run_id: 'phantom' });
    expect(checkI3(evidence)).toEqual([expect.objectContaining({ subject: 'phantom' })]);
  });
});
