/** How long a service that died is left alone before it is started again. */
const FIRST_MS = 1_000;
const LAST_MS = 10_000;
/** A service that lived this long has recovered: its next death counts as the first. */
const RECOVERED_MS = 60_000;

/** @param deaths in a row, this one included: 1 s, 2 s, 4 s, 8 s, then 10 s. */
export function restartDelayMs(deaths: number): number {
  return Math.min(LAST_MS, FIRST_MS * 2 ** (Math.max(1, deaths) - 1));
}

/** Deaths in a row after one more, of a process that was ready for `readyMs` (0: never). */
export function countDeath(before: number, readyMs: number): number {
  return readyMs >= RECOVERED_MS ? 1 : before + 1;
}
