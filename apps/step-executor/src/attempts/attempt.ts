import type { JsonObject, JsonValue, StepRunCommand } from '@flows/contracts';

/** Why an attempt was ended from outside. */
export class DeadlinePassed extends Error {
  constructor(readonly timeoutMs: number) {
    super(`The attempt did not end within ${timeoutMs} ms`);
  }
}

/** Nobody waits for this attempt's outcome any more: the process stops, or its lease went to another executor. Nothing is reported. */
export class LetGo extends Error {}

/** The run of this attempt was cancelled or is over. Nothing is reported: the run would ignore it. */
export class Cancelled extends Error {}

/** Of what a handler says about its progress, as JSON. */
const MAX_PROGRESS_CHARACTERS = 4 * 1024;

/** One try of a step run, while it runs. */
export class Attempt {
  /** Unix milliseconds. */
  startedAt = 0;
  private controller: AbortController | undefined;
  private reason: Error | undefined;
  private interrupt: ((reason: Error) => void) | undefined;

  /** Trace context to send along where nothing else does it. */
  traceparent: string | undefined;

  /** What the work gets: the command's input, with what it refers to in the blob store put in its place. */
  input: JsonValue;
  /** What the handler said last of how far it is. */
  lastProgress: JsonObject | undefined;

  constructor(readonly command: StepRunCommand) {
    this.input = command.input;
  }

  /** Said by a handler whose work takes long; goes out with the next sign of life. What is larger than 4 KiB is not kept. */
  progress(state: JsonObject): void {
    if (JSON.stringify(state).length <= MAX_PROGRESS_CHARACTERS) this.lastProgress = state;
  }

  /** Made only when somebody asks: an attempt that does no I/O needs none. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason !== undefined && !this.controller.signal.aborted) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  get isAborted(): boolean {
    return this.reason !== undefined;
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
