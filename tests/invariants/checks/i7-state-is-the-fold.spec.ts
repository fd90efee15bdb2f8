import { describe, expect, it } from '@jest/globals';
import type { RunRow } from '../evidence/evidence.js';
import { busyWorld } from '../testing/busy-world.js';
import { checkI7 } from './i7-state-is-the-fold.js';

describe('I7: the row is the fold', () => {
  it.each<[keyof RunRow, unknown]>([
    ['status', 'failed'],
    ['waiting_for', 'event'],
    ['output', { another: 1 }],
    ['error', { code: 'x' }],
    ['seq', 1],
    ['via_fallback', true],
    ['cost', { amount: 1 }],
    ['steps_done', 0],
    ['started_at', 1],
    ['ended_at', 1],
    ['cancel_requested_at', 1],
  ])('names a row whose %s is another', (column, value) => {
    const { world, iterating } = busyWorld();
    Object.assign(
      world.evidence.runs.find(({ id }) => id === iterating)!,
      { [column]: value },
    );
    expect(checkI7(world.evidence)).toEqual([
      expect.objectContaining({ subject: iterating, what: expect.stringContaining(`${column} is`) }),
    ]);
  });

  it('names a run whose version is not there', () => {
    const { world } = busyWorld();
    world.evidence.versions = [];
    expect(checkI7(world.evidence).length).toBe(world.evidence.runs.length);
  });
});
