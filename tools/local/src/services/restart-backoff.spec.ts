import { describe, expect, it } from '@jest/globals';
import { countDeath, restartDelayMs } from './restart-backoff.js';

describe('restartDelayMs', () => {
  it('grows from 1 s to 10 s and stays there', () => {
    expect([1, 2, 3, 4, 5, 6, 1_000].map(restartDelayMs)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  });
});

describe('countDeath', () => {
  it('counts deaths in a row', () => {
    expect(countDeath(0, 0)).toBe(1);
    expect(countDeath(3, 59_999)).toBe(4);
  });

  it('forgets earlier ones once the service had recovered', () => {
    expect(countDeath(3, 60_000)).toBe(1);
  });
});
