import { setTimeout as pause } from 'node:timers/promises';
import type { Slots } from './slots.js';

/**
 * Waits with the attempt's slot given back, so that others work meanwhile, and takes one again afterwards.
 * @throws what `signal` was aborted with; also then the attempt holds a slot, which whoever started it gives back.
 */
export async function waitWithoutSlot(ms: number, slots: Slots, signal: AbortSignal): Promise<void> {
  slots.giveBack();
  try {
    await pause(ms, undefined, { signal }).catch(() => {
      throw signal.reason as Error;
    });
  } finally {
    while (slots.take(1) === 0) await slots.whenFree(1_000);
  }
}
