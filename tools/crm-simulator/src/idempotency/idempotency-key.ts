/** Owns the reading of the `Idempotency-Key` header: bare, or quoted as the IETF draft has it. */
import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from '../http/http-problem.js';

const MAX_LENGTH = 255;

/** The key without its quotes, or null when the call has none; throws 400 when it is empty or too long. */
export function readIdempotencyKey(headers: IncomingHttpHeaders): string | null {
  const header = headers['idempotency-key'];
  if (header === undefined) return null;
  const text = (Array.isArray(header) ? header.join(',') : header).trim();
  const key = text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  if (key === '' || key.length > MAX_LENGTH) {
    throw new HttpProblem(400, 'invalid_idempotency_key', `Idempotency-Key: must have 1 to ${MAX_LENGTH} characters.`);
  }
  return key;
}
