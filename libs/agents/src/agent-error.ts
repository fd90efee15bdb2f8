import type { FlowError } from '@flows/contracts';

export interface AgentErrorOptions {
  /** The provider's Retry-After header as it came; who reports the error reads it. */
  retryAfter?: string | null;
  cause?: unknown;
}

/** The only error that a runtime throws, beside what its signal was aborted with. */
export class AgentError extends Error {
  readonly flowError: FlowError;
  readonly retryAfter: string | null;

  constructor(flowError: FlowError, options: AgentErrorOptions = {}) {
    super(flowError.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AgentError';
    this.flowError = flowError;
    this.retryAfter = options.retryAfter ?? null;
  }
}
