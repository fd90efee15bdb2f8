import type { ErrorClass } from '@flows/contracts';
import { ActionError } from './action-error.js';
import { parseRetryAfterMs } from './retry-after.js';

/** Of a body, this much goes into the error's details. */
const EXCERPT_CHARACTERS = 1024;

const CODES: Record<number, string> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'request_timeout',
  409: 'conflict',
  425: 'too_early',
  429: 'rate_limited',
};

/** How an HTTP status that is no success is treated by retry rules. */
export function classifyStatus(status: number): ErrorClass {
  if (status === 429) return 'rate_limited';
  if (status === 401 || status === 403) return 'auth';
  if (status === 408 || status === 425 || status >= 500) return 'retryable';
  return 'non_retryable';
}

export interface RefusedAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** The provider answered, and said no. @param who names the provider in the message: "The CRM". */
export function answerError(who: string, answer: RefusedAnswer): ActionError {
  const errorClass = classifyStatus(answer.status);
  const code = CODES[answer.status] ?? (answer.status >= 500 ? 'provider_unavailable' : 'provider_refused');
  const retryAfterMs = parseRetryAfterMs(answer.headers['retry-after'], Date.now());
  const said = problemOf(answer.body);
  return new ActionError(
    {
      code,
      message: `${who} answered ${answer.status}${said.detail === undefined ? '' : `: ${said.detail.slice(0, EXCERPT_CHARACTERS)}`}`,
      class: errorClass,
      origin: 'provider',
      details: {
        status: answer.status,
        ...(said.code === undefined ? {} : { provider_code: said.code }),
        body: answer.body.slice(0, EXCERPT_CHARACTERS),
      },
    },
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** What a provider that speaks RFC 9457 (or nearly) says of its refusal. */
function problemOf(body: string): { code?: string; detail?: string } {
  try {
    const parsed = JSON.parse(body) as { code?: unknown; detail?: unknown; message?: unknown } | null;
    const detail = parsed?.detail ?? parsed?.message;
    return {
      ...(typeof parsed?.code === 'string' ? { code: parsed.code } : {}),
      ...(typeof detail === 'string' ? { detail } : {}),
    };
  } catch {
    return {};
  }
}
