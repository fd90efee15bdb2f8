/** Polls a condition of another process, where nothing can be subscribed to. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves `true` once `holds` does, `false` at the deadline.
 * The condition is tried at once and then every `everyMs`; what it throws is passed on.
 */
export async function waitUntil(holds: () => boolean | Promise<boolean>, timeoutMs: number, everyMs = 20): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() >= deadline) return false;
    await delay(everyMs);
  }
  return true;
}
