import type { JsonValue } from '@flows/contracts';
import { CelDuration, CelTimestamp, type CelValue } from './cel-value.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import { durationText, timestampText } from './functions/timestamp-text.js';

/**
 * The result as plain JSON: ints become numbers, timestamps RFC 3339 texts, durations seconds ("5400s"). A number that JSON
 * cannot write (infinite, or not a number) is a failure.
 * @param plain the value holds nothing to convert: it is returned as it is, without a copy.
 */
export function toJson(value: CelValue, plain: boolean, frame: Frame): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
    case 'number':
      return finite(Number(value));
    default:
      if (value === null || plain) return value as JsonValue;
      return convert(value, frame);
  }
}

function convert(value: CelValue, frame: Frame): JsonValue {
  frame.spend(1);
  if (typeof value === 'string') frame.spendText(value.length);
  if (value === null || typeof value !== 'object') return toJson(value, false, frame);
  if (Array.isArray(value)) return value.map((member) => convert(member, frame));
  if (value instanceof CelTimestamp) return timestampText(value);
  if (value instanceof CelDuration) return durationText(value);
  const out: { [key: string]: JsonValue } = {};
  for (const key of Object.keys(value)) setOwn(out, key, convert(value[key] as CelValue, frame));
  return out;
}

/** An own property whatever its name: data may carry a key `__proto__`, which plain assignment would take for the prototype. */
function setOwn(target: { [key: string]: JsonValue }, key: string, value: JsonValue): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value + 0; // -0 becomes 0, as JSON would write it.
  throw new EvaluationFailure('not_json', `The result is ${value}, which is no number that JSON can hold (a division by zero?)`);
}
