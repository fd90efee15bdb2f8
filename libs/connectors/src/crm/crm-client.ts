import type { JsonObject, JsonValue } from '@flows/contracts';
import type { ActionContext } from '../connector.js';
import { ActionError } from '../errors/action-error.js';
import { answerError } from '../errors/classify-status.js';
import type { EgressResponse } from '../egress/egress-fetch.js';

export interface CrmCall {
  method: 'GET' | 'PATCH' | 'POST';
  /** Segments, percent-encoded here: an id with a slash stays one segment. */
  path: readonly string[];
  body?: JsonObject;
}

/** One call of the CRM's HTTP API: its base URL from the connection, key, causation and trace in the headers, answers in JSON. */
export async function callCrm(context: ActionContext, call: CrmCall): Promise<JsonObject> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'x-causation-id': context.causation.runId,
    'x-causation-depth': String(context.causation.depth),
  };
  if (call.method !== 'GET') headers['idempotency-key'] = context.idempotencyKey;
  if (context.traceparent !== undefined) headers['traceparent'] = context.traceparent;
  if (call.body !== undefined) headers['content-type'] = 'application/json';
  const response = await context.fetch(urlOf(context.config, call.path), {
    method: call.method,
    headers,
    signal: context.signal,
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
  if (response.status < 200 || response.status > 299) throw answerError('The CRM', response);
  return parseObject(response);
}

function urlOf(config: JsonObject, path: readonly string[]): string {
  const base = config['base_url'];
  if (typeof base !== 'string' || base === '') {
    throw new ActionError({
      code: 'connection_invalid',
      message: 'The connection has no base_url: set it to the address of the CRM, as in https://crm.example.com',
      class: 'non_retryable',
      origin: 'executor',
    });
  }
  return `${base.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`;
}

/** An answer that is no JSON object is a fault of the CRM that may pass, such as a proxy's page; whether the effect took place is unknown. */
function parseObject(response: EgressResponse): JsonObject {
  let parsed: JsonValue = null;
  try {
    parsed = JSON.parse(response.body) as JsonValue;
  } catch {
    // Reported below with everything else that is no object.
  }
  if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed;
  throw new ActionError(
    {
      code: 'provider_answer_invalid',
      message: `The CRM answered ${response.status} with something that is no JSON object`,
      class: 'retryable',
      origin: 'provider',
      details: { status: response.status, body: response.body.slice(0, 1024) },
    },
    { effectUnknown: true },
  );
}
