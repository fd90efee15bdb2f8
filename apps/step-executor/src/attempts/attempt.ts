import type { StepRunCommand } from '@flows/contracts';

/** Why an attempt was ended from outside. */
export class DeadlinePassed extends Error {
  constructor(readonly timeoutMs: number) {
    super(`The attempt did not end within ${timeoutMs} ms`);
  }
}

/** Nobody waits for this attempt's outcome any more: the process stops, or its lease went to another executor. Nothing is reported. */
export class LetGo extends Error {}

/** One try of a step run, while it runs. */
export class Attempt {
  /** Unix milliseconds. */
  startedAt = 0;
  private controller: AbortController | undefined;
  private reason: Error | undefined;
  private interrupt: ((reason: Error) => void) | undefined;

  /** Trace context to send along where nothing else does it. */
  traceparent: string | undefined;

  constructor(readonly command: StepRunCommand) {}

  /** Made only when somebody asks: an attempt that does no I/O needs none. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason !== undefined && !this.controller.signal.aborted) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  /** The first reason counts. */
  abort(reason: Error): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.controller?.abort(reason);
    this.interrupt?.(reason);
  }

  /** The result of the work, or the reason of the abort, whichever is first: work that ignores its signal is left behind. */
  untilAborted<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.interrupt = reject;
      if (this.reason !== undefined) reject(this.reason);
      work.then(resolve, reject);
    });
  }
}
