import type { FlowError } from '@flows/contracts';

export interface ActionErrorOptions {
  /** What the provider asked for (Retry-After), else absent. */
  retryAfterMs?: number;
  /**
   * True when the request may have reached the provider and no answer came back: nobody here knows whether it took effect.
   * An answer that says no is an answer: then it is false.
   */
  effectUnknown?: boolean;
  cause?: unknown;
}

/** The only error that an action throws: a FlowError on its way to the report, with what the executor must know beside it. */
export class ActionError extends Error {
  readonly flowError: FlowError;
  readonly retryAfterMs: number | undefined;
  readonly effectUnknown: boolean;

  constructor(flowError: FlowError, options: ActionErrorOptions = {}) {
    super(flowError.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ActionError';
    this.flowError = flowError;
    this.retryAfterMs = options.retryAfterMs;
    this.effectUnknown = options.effectUnknown ?? false;
  }
}

/** A mistake in what the step was given: no retry helps. `pointer` is an RFC 6901 pointer as URI fragment into the input. */
export function invalidInput(pointer: string, message: string): ActionError {
  return new ActionError({
    code: 'invalid_input',
    message: `${pointer}: ${message}`,
    class: 'non_retryable',
    origin: 'executor',
    details: { pointer },
  });
}
