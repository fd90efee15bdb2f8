import { describe, expect, it } from '@jest/globals';
import { busyWorld } from '../testing/busy-world.js';
import { checkI6 } from './i6-history-dense.js';

describe('I6: histories are dense', () => {
  it('names a gap', () => {
    const { world, waited } = busyWorld();
    world.evidence.facts.find(({ run_id, seq }) => run_id === waited && seq === 2)!.seq = 99;
    expect(checkI6(world.evidence).map(({ what }) => what)).toContain('fact 2 has the number 3');
  });

  it('names a row that counts otherwise', () => {
    const { world, waited } = busyWorld();
    world.evidence.runs.find(({ id }) => id === waited)!.seq += 1;
    expect(checkI6(world.evidence)).toEqual([
      expect.objectContaining({ subject: waited, what: expect.stringContaining('the row says seq') }),
    ]);
  });

  it('names a time that goes back', () => {
    const { world, waited } = busyWorld();
    world.evidence.facts.find(({ run_id, seq }) => run_id === waited && seq === 1)!.at += 86_400_000;
    expect(checkI6(world.evidence)).toEqual([
      expect.objectContaining({ what: expect.stringContaining('older than the one before') }),
    ]);
  });
});
