/**
 * How a person or a supervisor asks for the end. The first signal asks for an orderly stop, another one after a second for one at once.
 * Within that second they count as one: npm passes on the SIGINT that the terminal sends to all of us anyway.
 */
const ONE_AND_THE_SAME_MS = 1_000;

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** @param hurry is called at the second signal; it should not return. */
export function listenForInterruption(hurry: () => void): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const onSignal = () => {
    firstAt ??= performance.now();
    if (performance.now() - firstAt > ONE_AND_THE_SAME_MS) hurry();
    controller.abort(new Interrupted('Interrupted'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
}

/** Settles as `work` does, or rejects with `Interrupted` as soon as the end is asked for; the work then goes on unobserved. */
export async function orInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  const interrupted = Promise.withResolvers<never>();
  const onAbort = () => interrupted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
