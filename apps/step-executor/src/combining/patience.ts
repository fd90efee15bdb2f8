import { setTimeout as pause } from 'node:timers/promises';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Repeats work that only infrastructure can make fail (database, broker) until it succeeds, with growing pauses. What it belongs to
 * keeps its offset meanwhile, so nothing is lost if the process ends first.
 * @throws the last error once `signal` is aborted.
 */
export async function untilDone<T>(work: () => Promise<T>, signal: AbortSignal, onFailure: (error: unknown) => void): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      onFailure(error);
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
