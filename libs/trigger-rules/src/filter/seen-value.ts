import type { JsonValue } from '@flows/contracts';

/** Characters of one value that go into the log; the event itself is kept elsewhere. */
export const SEEN_VALUE_CHARACTERS = 200;
const SECRET_KEY = /authorization|token|secret|password|x-api-key/i;

/** What stands at a path, or undefined where nothing does. Own keys only. */
export function valueAt(root: JsonValue, keys: readonly (string | number)[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const key of keys) {
    if (Array.isArray(value)) value = typeof key === 'number' ? value[key] : undefined;
    else if (value !== null && typeof value === 'object' && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

/** A value as the trigger log shows it: short, and masked where a key of its path is named like a secret. */
export function seenValue(value: JsonValue, keys: readonly (string | number)[]): JsonValue {
  if (keys.some((key) => typeof key === 'string' && SECRET_KEY.test(key))) return '***';
  if (typeof value === 'string')
    return value.length <= SEEN_VALUE_CHARACTERS ? value : `${value.slice(0, SEEN_VALUE_CHARACTERS).toWellFormed()}…`;
  if (value === null || typeof value !== 'object') return value;
  if (remaining(value, SEEN_VALUE_CHARACTERS) >= 0) return value;
  return Array.isArray(value) ? `a list of ${value.length}` : `an object with ${Object.keys(value).length} keys`;
}

/** What is left of a budget of characters after the value; stops at the first value too many, so that a big list costs nothing. A secret inside is too many. */
function remaining(value: JsonValue, budget: number): number {
  if (budget < 0) return budget;
  if (value === null || typeof value !== 'object') return budget - (typeof value === 'string' ? value.length + 2 : 5);
  let left = budget - 2;
  for (const key in value) {
    if (left < 0 || SECRET_KEY.test(key)) return -1;
    left = remaining((value as Record<string, JsonValue>)[key] as JsonValue, left - key.length - 1);
  }
  return left;
}
