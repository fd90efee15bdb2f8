export interface Percentiles {
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
}

/** Nearest-rank percentiles of durations in milliseconds, to the hundredth. */
export function percentilesOf(durationsMs: readonly number[]): Percentiles {
  const sorted = [...durationsMs].sort((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    return value === undefined ? Number.NaN : Math.round(value * 100) / 100;
  };
  return { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
}
