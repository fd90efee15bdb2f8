import { writesUnstorable, type JsonValue } from '@flows/contracts';

/**
 * The value with U+FFFD in place of what the database cannot hold; itself where there is nothing to replace. Providers' words come
 * through here before they enter a statement, which one bad character would fail for a whole batch.
 * @param text the value's JSON, where the caller has it.
 */
export function toStorable<T>(value: T, text = JSON.stringify(value)): T {
  return writesUnstorable(text) ? (cleaned(value as JsonValue) as T) : value;
}

function cleaned(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd');
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(cleaned);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [cleaned(key) as string, cleaned(member)]));
}
