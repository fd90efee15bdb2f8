import OpenAI from 'openai';
import type { ErrorClass } from '@flows/contracts';
import { AgentError } from '../agent-error.js';

/** What the model's endpoint said, in our taxonomy. */
export function toAgentError(error: unknown): AgentError {
  if (error instanceof OpenAI.APIConnectionError) {
    return new AgentError(
      {
        code: 'network_error',
        message: `The model could not be reached: ${error.message}`,
        class: 'retryable',
        origin: 'provider',
      },
      { cause: error },
    );
  }
  if (!(error instanceof OpenAI.APIError) || error.status === undefined) {
    const message = (error as { message?: string } | null)?.message ?? String(error);
    return new AgentError(
      {
        code: 'provider_answer_invalid',
        message: `The model's answer cannot be read: ${message}`.slice(0, 4096),
        class: 'retryable',
        origin: 'provider',
      },
      { cause: error },
    );
  }
  const { status, code: reason, headers } = error as { status: number; code?: string | null; headers?: Headers };
  const { code, class: errorClass } = classify(status, reason ?? null);
  return new AgentError(
    {
      code,
      message: `The model answered ${error.message}`.slice(0, 4096),
      class: errorClass,
      origin: 'provider',
      details: { status },
    },
    { retryAfter: headers?.get('retry-after') ?? null, cause: error },
  );
}

function classify(status: number, reason: string | null): { code: string; class: ErrorClass } {
  // Sent with 429, but waiting does not help.
  if (reason === 'insufficient_quota') return { code: 'insufficient_quota', class: 'non_retryable' };
  if (status === 429) return { code: 'rate_limited', class: 'rate_limited' };
  if (status === 401) return { code: 'unauthorized', class: 'auth' };
  if (status === 403) return { code: 'forbidden', class: 'auth' };
  if (status === 408 || status === 409 || status >= 500) return { code: 'provider_unavailable', class: 'retryable' };
  return { code: 'provider_refused', class: 'non_retryable' };
}
