/** Shows that something goes on while it takes long. */
import type { Say } from './say.js';

const REMIND_MS = 10_000;

/** Says what is still awaited, every 10 s until `work` settles. `awaited` is asked anew each time. */
export async function withPatience<T>(say: Say, awaited: () => string, work: Promise<T>): Promise<T> {
  const from = performance.now();
  const timer = setInterval(() => say(`  … ${awaited()} (${Math.round((performance.now() - from) / 1000)} s)`), REMIND_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
