import { MAX_STEP_OUTPUT_BYTES, type JsonValue } from '@flows/contracts';

/** What a mapping may yield, in bytes of JSON. */
export const MAX_MAPPED_BYTES = MAX_STEP_OUTPUT_BYTES;

/**
 * Bytes of a value as JSON in UTF-8, counted up to `limit` and not further. Exact, since a record that is larger than the broker takes
 * would hold up its partition: a control character is 1 in a text, and 6 when it is written.
 */
export function jsonSizeBytes(value: JsonValue, limit = Infinity): number {
  if (typeof value === 'string') return textSizeBytes(value);
  if (value === null || typeof value !== 'object') return String(value).length;
  let size = 2;
  if (Array.isArray(value)) {
    for (const member of value) {
      size += (size > 2 ? 1 : 0) + jsonSizeBytes(member, limit - size);
      if (size > limit) return size;
    }
    return size;
  }
  for (const key of Object.keys(value)) {
    size += (size > 2 ? 1 : 0) + textSizeBytes(key) + 1 + jsonSizeBytes(value[key] as JsonValue, limit - size);
    if (size > limit) return size;
  }
  return size;
}

/** With its quotes, escaped as JSON.stringify escapes it. */
function textSizeBytes(text: string): number {
  let size = text.length + 2;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0x20 && code < 0x80) {
      if (code === 0x22 || code === 0x5c) size += 1;
    } else if (code < 0x20) size += '\b\t\n\f\r'.includes(text.charAt(index)) ? 1 : 5;
    else if (code < 0x800) size += 1;
    else if (code < 0xd800 || code > 0xdfff) size += 2;
    else if (code < 0xdc00 && text.charCodeAt(index + 1) >= 0xdc00 && text.charCodeAt(index + 1) <= 0xdfff) {
      // A pair: four bytes for two characters.
      size += 2;
      index += 1;
    } else size += 5;
  }
  return size;
}
