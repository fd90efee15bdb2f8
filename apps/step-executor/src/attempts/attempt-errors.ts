import { AgentError } from '@flows/agents';
import { ActionError, parseRetryAfterMs } from '@flows/connectors';
import type { FlowError, JsonObject } from '@flows/contracts';
import { DeadlinePassed } from './attempt.js';
import { toStorable } from './storable.js';

/** What an attempt's failure means for retry rules and for the ledger. */
export interface Failure {
  error: FlowError;
  retryAfterMs?: number | undefined;
  /** The provider may have done it. */
  effectUnknown: boolean;
}

const MAX_MESSAGE = 4096;
const MAX_DETAILS_CHARACTERS = 16 * 1024;

export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof DeadlinePassed) {
    const error: FlowError = {
      code: 'step_timeout',
      message: thrown.message,
      class: 'timeout',
      origin: 'executor',
      details: { timeout_ms: thrown.timeoutMs },
    };
    return { error, effectUnknown: true };
  }
  if (thrown instanceof ActionError) {
    return { error: bounded(thrown.flowError), retryAfterMs: thrown.retryAfterMs, effectUnknown: thrown.effectUnknown };
  }
  if (thrown instanceof AgentError) {
    return {
      error: bounded(thrown.flowError),
      retryAfterMs: parseRetryAfterMs(thrown.retryAfter, Date.now()),
      effectUnknown: false,
    };
  }
  // A bug of ours, not the user's doing: it must not look like an answer of the provider.
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { error: bounded({ code: 'executor_fault', message, class: 'non_retryable', origin: 'executor' }), effectUnknown: true };
}

/** Where nobody can know whether the effect took place, this is said instead of guessing. */
export function inDoubt(idempotencyKey: string, why: string, known: JsonObject): FlowError {
  return {
    code: 'effect_in_doubt',
    message: `It is not known whether the effect took place: ${why}. Look it up at the provider before you retry.`,
    class: 'non_retryable',
    origin: 'executor',
    details: { idempotency_key: idempotencyKey, ...known },
  };
}

/** The contract bounds an error, and the database its characters; a provider's words know neither. */
function bounded(error: FlowError): FlowError {
  const { details, ...rest } = error;
  const small = details !== undefined && JSON.stringify(details).length <= MAX_DETAILS_CHARACTERS;
  return toStorable({ ...rest, message: error.message.slice(0, MAX_MESSAGE), ...(small ? { details } : {}) });
}
