/** @param share such as 0.99. Zero of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Counts by upper bound in milliseconds, as text: what a test prints of many measurements. */
export function histogram(
  values: readonly number[],
  boundsMs = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000],
): string {
  const counts = boundsMs.map((bound, index) => {
    const from = boundsMs[index - 1] ?? -Infinity;
    return `≤${bound}: ${values.filter((value) => value > from && value <= bound).length}`;
  });
  const over = values.filter((value) => value > (boundsMs.at(-1) ?? Infinity)).length;
  const figures = [0.5, 0.9, 0.99, 1].map((share) => `p${share * 100} ${Math.round(percentile(values, share))}`);
  return `${values.length} values, ms: ${figures.join(', ')}; ${counts.join(', ')}, more: ${over}`;
}
