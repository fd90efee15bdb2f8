import type { JsonObject, JsonValue } from '@flows/contracts';
import { describeLead, scoreLead } from './lead-score.js';

/** Texts of a format that the input does not have: valid, and recognisable as made up (RFC 2606 names, the epoch). */
const FORMATS: Record<string, string> = {
  email: 'offline@example.com',
  uri: 'https://example.com/',
  'date-time': '1970-01-01T00:00:00Z',
  date: '1970-01-01',
  time: '00:00:00Z',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** The same-named field of the input; who made it, where that is what is asked; else a sentence that says what the rules saw. */
export function fillText(schema: JsonObject, name: string, found: JsonValue | undefined, input: JsonValue): string {
  const text = chooseText(schema, name, found, input);
  const most = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : Infinity;
  const least = typeof schema['minLength'] === 'number' ? schema['minLength'] : 0;
  return [...text].slice(0, most).join('').padEnd(Math.min(least, 10_000), '.');
}

function chooseText(schema: JsonObject, name: string, found: JsonValue | undefined, input: JsonValue): string {
  if (/^(made_by|provider)$/.test(name)) return 'offline';
  if (typeof found === 'string') return found;
  if (typeof found === 'number' || typeof found === 'boolean') return String(found);
  if (typeof schema['default'] === 'string') return schema['default'];
  const format = typeof schema['format'] === 'string' ? FORMATS[schema['format']] : undefined;
  return format ?? describeLead(input);
}

/** The same-named field; a score or a probability by the rule of thumb; else the least that the schema allows. Kept within its bounds. */
export function fillNumber(schema: JsonObject, name: string, found: JsonValue | undefined, input: JsonValue): number {
  const number = (keyword: string): number | undefined => (typeof schema[keyword] === 'number' ? schema[keyword] : undefined);
  const whole = schema['type'] === 'integer' || (Array.isArray(schema['type']) && schema['type'].includes('integer'));
  const most = number('maximum') ?? number('exclusiveMaximum');
  const least = number('minimum') ?? number('exclusiveMinimum');
  const choose = (): number => {
    if (/score|confidence|probability|rating|fit/i.test(name)) return scaled(scoreLead(input), name, most);
    if (typeof found === 'number') return found;
    return number('default') ?? least ?? 0;
  };
  const step = number('multipleOf') ?? (whole ? 1 : undefined);
  let value = choose();
  if (step !== undefined) value = Math.round(value / step) * step;
  if (number('maximum') !== undefined) value = Math.min(value, most as number);
  if (number('minimum') !== undefined) value = Math.max(value, least as number);
  const nudge = step ?? 1e-6;
  if (number('exclusiveMaximum') !== undefined && value >= (number('exclusiveMaximum') as number))
    value = (number('exclusiveMaximum') as number) - nudge;
  if (number('exclusiveMinimum') !== undefined && value <= (number('exclusiveMinimum') as number))
    value = (number('exclusiveMinimum') as number) + nudge;
  return value;
}

/** The rule gives 0 to 100; a schema may ask for 0 to 1 or 0 to 10. */
function scaled(score: number, name: string, most: number | undefined): number {
  const top = most ?? (/confidence|probability/i.test(name) ? 1 : 100);
  return top > 0 && top < 100 ? (score / 100) * top : score;
}
