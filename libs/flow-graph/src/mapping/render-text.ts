import type { JsonValue } from '@flows/contracts';

/** A value inside text: texts as they are, numbers without trailing ".0", null as nothing, lists and objects as JSON. */
export function renderText(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
