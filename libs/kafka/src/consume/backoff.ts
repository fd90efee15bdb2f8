const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** Pause before the next try after `failures` failures in a row. Without jitter, so that batches that failed together meet again. */
export const backoffMs = (failures: number): number => Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 10), LONGEST_MS);

/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
