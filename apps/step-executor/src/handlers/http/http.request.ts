import { invalidInput } from '@flows/connectors';
import type { JsonObject, JsonValue, StepRunCommand } from '@flows/contracts';

export type HttpWork = Extract<StepRunCommand['work'], { kind: 'http' }>;

export interface HttpRequest {
  url: string;
  headers: Record<string, string>;
  body?: string;
}

const NO_BODY = new Set(['GET', 'HEAD']);

/** GET and HEAD change nothing (RFC 9110 §9.2.1) and carry neither body nor key. */
export function isSafe(method: string): boolean {
  return NO_BODY.has(method);
}

/**
 * The request that an http step's resolved input `{ url, headers, body }` asks for. A text body goes out as it is, anything else as
 * JSON. @throws ActionError `invalid_input` naming the place.
 */
export function buildRequest(work: HttpWork, input: JsonValue, idempotencyKey: string): HttpRequest {
  if (!isObject(input)) throw invalidInput('#', 'must be an object with url, headers and body');
  const { url, headers: given = null, body = null } = input;
  if (typeof url !== 'string' || url === '') throw invalidInput('#/url', 'must be a text that is not empty');
  const headers = readHeaders(given);
  if (!isSafe(work.method) && work.idempotency_header !== null) headers[work.idempotency_header.toLowerCase()] ??= idempotencyKey;
  if (body === null) return { url, headers };
  if (isSafe(work.method)) throw invalidInput('#/body', `a ${work.method} request carries no body`);
  headers['content-type'] ??= typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  return { url, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** Names in lower case, so that none goes out twice. Numbers and booleans, which a mapping easily yields, are written as texts. */
function readHeaders(given: JsonValue): Record<string, string> {
  if (given === null) return {};
  if (!isObject(given)) throw invalidInput('#/headers', 'must be an object of texts');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === null) continue;
    if (typeof value === 'object') throw invalidInput(`#/headers/${name}`, 'must be a text');
    headers[name.toLowerCase()] = String(value);
  }
  return headers;
}

function isObject(value: JsonValue): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
