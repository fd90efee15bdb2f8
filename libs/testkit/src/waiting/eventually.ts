/** Waits for a condition instead of for a time. */
import { inspect } from 'node:util';

export interface EventuallyOptions {
  /** Default 10 000. */
  timeoutMs?: number;
  /** Time between two looks; grows to ten times this. Default 10. */
  pollMs?: number;
  /** Named in the failure message. */
  what?: string;
}

/**
 * Calls `check` until it neither throws nor returns undefined, null or false, and returns what it returned.
 * @throws with what the check said last; the cause is its last error.
 */
export async function eventually<T>(
  check: () => Promise<T> | T,
  { timeoutMs = 10_000, pollMs = 10, what = 'the condition' }: EventuallyOptions = {},
): Promise<Met<T>> {
  const deadline = Date.now() + timeoutMs;
  let waitMs = pollMs;
  for (let looks = 1; ; looks += 1) {
    const last = await look(check);
    if (last.met) return last.value;
    if (Date.now() >= deadline) {
      throw new Error(`${what} was not met within ${timeoutMs} ms (${looks} looks). The last: ${last.said}`, {
        cause: last.error,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(waitMs * 1.5, pollMs * 10);
  }
}

/** What ends the wait: anything but undefined, null and false. */
export type Met<T> = Exclude<T, undefined | null | false>;

type Look<T> = { met: true; value: Met<T> } | { met: false; said: string; error: unknown };

async function look<T>(check: () => Promise<T> | T): Promise<Look<T>> {
  try {
    const value = await check();
    if (value === undefined || value === null || value === false) return { met: false, said: inspect(value), error: undefined };
    return { met: true, value: value as Met<T> };
  } catch (error) {
    return { met: false, said: error instanceof Error ? error.message : inspect(error), error };
  }
}
