import { MAX_STEP_OUTPUT_BYTES, type JsonValue } from '@flows/contracts';

/** What a mapping may yield, counted in characters of JSON, roughly. */
export const MAX_MAPPED_CHARACTERS = MAX_STEP_OUTPUT_BYTES;

/**
 * The size of a value as JSON, roughly (within a few characters per member), counted up to `limit` and not further.
 * Without this bound a short mapping that repeats a large value would be cheap to hold and fatal to write.
 */
export function roughSize(value: JsonValue, limit: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (value === null || typeof value !== 'object') return 5;
  let size = 2;
  if (Array.isArray(value)) {
    for (const member of value) {
      size += 1 + roughSize(member, limit - size);
      if (size > limit) return size;
    }
    return size;
  }
  for (const key of Object.keys(value)) {
    size += key.length + 4 + roughSize(value[key] as JsonValue, limit - size);
    if (size > limit) return size;
  }
  return size;
}
