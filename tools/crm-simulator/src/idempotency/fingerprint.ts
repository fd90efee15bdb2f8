/** Owns the identity of a request body: equal JSON values have one fingerprint, whatever the order of their keys. */
import { createHash } from 'node:crypto';

export function hashBody(body: unknown): string {
  return createHash('sha256').update(canonicalJson(body)).digest('hex');
}

/** What makes two calls the same call: method, path and body. */
export function fingerprintOf(method: string, path: string, bodySha256: string): string {
  return createHash('sha256').update(`${method} ${path} ${bodySha256}`).digest('hex');
}

/** JSON with sorted keys; no body at all is the empty text. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return '';
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
