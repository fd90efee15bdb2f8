/**
 * Keeps credentials out of the logs, by the name of their key, at any depth.
 * The last line of defence: code must not log credentials in the first place.
 */
const SECRET_KEY = /authorization|cookie|password|passwd|secret|token|api[-_]?key|credential|private[-_]?key/i;
/** Counts of tokens are figures, and so is all that is not a text or an object. */
const CENSORED = '[redacted]';
const MAX_DEPTH = 8;

/** A copy without secrets; the value itself where there is nothing to hide. Errors and class instances are left to their serializers. */
export function redactSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redactSecrets(item, depth + 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET_KEY.test(key) && canHide(item) ? CENSORED : redactSecrets(item, depth + 1),
    ]),
  );
}

function canHide(item: unknown): boolean {
  return typeof item === 'string' || (typeof item === 'object' && item !== null);
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
