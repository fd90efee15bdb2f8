import { ActionError } from '../errors/action-error.js';

/** The guard refused a URL or an address of it. No retry helps; no connection was made. */
export class EgressDenied extends ActionError {
  constructor(reason: string) {
    super({ code: 'egress_denied', message: reason, class: 'non_retryable', origin: 'executor' });
  }
}

/** Before any byte of the request was sent: the provider knows nothing of it. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What went wrong below HTTP, as an ActionError. `sideEffects` are unknown unless nothing can have been sent. */
export function networkError(host: string, error: unknown): ActionError {
  const denied = findDenied(error);
  if (denied !== null) return denied;
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return new ActionError(
      {
        code: 'response_headers_too_large',
        message: `${host} answered with more than 16 KiB of headers`,
        class: 'non_retryable',
        origin: 'provider',
      },
      { effectUnknown: true, cause: error },
    );
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return new ActionError({
      code: 'invalid_input',
      message: `The request cannot be sent: ${messageOf(error)}`,
      class: 'non_retryable',
      origin: 'executor',
    });
  }
  return new ActionError(
    {
      code: 'network_error',
      message: `${host} could not be reached: ${code ?? messageOf(error)}`,
      class: 'retryable',
      origin: 'provider',
      details: code === null ? {} : { cause: code },
    },
    { effectUnknown: code === null || !NOT_SENT.has(code), cause: error },
  );
}

/** The error, its causes, and what an AggregateError gathers, outermost first. By shape, not by class: an error may come from another realm. */
function* chainOf(error: unknown): Generator<{ code?: unknown }> {
  if (typeof error !== 'object' || error === null) return;
  yield error;
  const { errors, cause } = error as { errors?: unknown; cause?: unknown };
  if (Array.isArray(errors)) for (const inner of errors) yield* chainOf(inner);
  yield* chainOf(cause);
}

function findDenied(error: unknown): EgressDenied | null {
  for (const link of chainOf(error)) if (link instanceof EgressDenied) return link;
  return null;
}

function codeOf(error: unknown): string | null {
  for (const link of chainOf(error)) if (typeof link.code === 'string') return link.code;
  return null;
}

function messageOf(error: unknown): string {
  return (error as { message?: unknown } | null)?.message?.toString() ?? String(error);
}
