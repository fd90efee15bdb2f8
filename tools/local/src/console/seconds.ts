/** A duration as people read it: `0.04 s`, `1.3 s`, `75 s`. */
export function showSeconds(durationMs: number): string {
  const seconds = durationMs / 1000;
  return `${seconds.toFixed(seconds < 1 ? 2 : seconds < 10 ? 1 : 0)} s`;
}
