import { describe, expect, it } from '@jest/globals';
import { busyWorld } from '../testing/busy-world.js';
import { CHECKS } from './all-checks.js';

describe('a world in which everything went well', () => {
  const { world, ...runs } = busyWorld();
  const { evidence } = world;

  it('holds what the checkers look at', () => {
    const status = (id: string) => evidence.runs.find((run) => run.id === id)?.status;
    expect(Object.fromEntries(Object.entries(runs).map(([kind, id]) => [kind, status(id)]))).toEqual({
      branching: 'completed',
      retrying: 'completed',
      waited: 'completed',
      waiting: 'waiting',
      iterating: 'completed',
      paused: 'completed',
      cancelled: 'cancelled',
      retried: 'completed',
    });
  });

  it.each(Object.entries(CHECKS))('%s has nothing to say', (_id, check) => {
    expect(check(evidence)).toEqual([]);
  });

  it.each(Object.entries(CHECKS))('%s bears evidence that is empty', (_id, check) => {
    const empty = Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, Array.isArray(value) ? [] : value]));
    expect(check(empty as unknown as typeof evidence)).toEqual([]);
  });
});
