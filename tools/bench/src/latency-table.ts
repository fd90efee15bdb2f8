import type { Percentiles } from './percentiles.js';

/** Lines of text, a row per measurement. */
export function latencyTable(measured: Record<string, Percentiles>): string[] {
  const cells = (values: readonly string[]): string => values.map((value) => value.padStart(9)).join('');
  return [
    `${'latency in ms'.padEnd(22)}${cells(['p50', 'p95', 'p99'])}`,
    ...Object.entries(measured).map(
      ([name, { p50_ms, p95_ms, p99_ms }]) =>
        `${name.padEnd(22)}${cells([p50_ms, p95_ms, p99_ms].map((value) => value.toFixed(1)))}`,
    ),
  ];
}
