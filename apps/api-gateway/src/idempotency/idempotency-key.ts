import { ApiProblem } from '../http/api-problem.js';

const MAX_LENGTH = 255;

/**
 * The key of an `Idempotency-Key` header, which is either a structured-field string (quoted, as in the IETF draft) or bare.
 * @throws ApiProblem `invalid_idempotency_key`
 */
export function parseIdempotencyKey(header: string): string {
  const text = header.trim();
  const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(text);
  const key = quoted?.[1] === undefined ? text : quoted[1].replace(/\\(["\\])/g, '$1');
  if (key.length >= 1 && key.length <= MAX_LENGTH && /^[\x20-\x7e]+$/.test(key)) return key;
  throw new ApiProblem('invalid_idempotency_key', `An idempotency key has 1 to ${MAX_LENGTH} printable ASCII characters`);
}
