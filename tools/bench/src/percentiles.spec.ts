import { describe, expect, it } from '@jest/globals';
import { percentilesOf } from './percentiles.js';

describe('percentilesOf', () => {
  it('takes the nearest rank', () => {
    const durations = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentilesOf(durations)).toEqual({ p50_ms: 50, p95_ms: 95, p99_ms: 99 });
    expect(percentilesOf([7])).toEqual({ p50_ms: 7, p95_ms: 7, p99_ms: 7 });
  });
});
