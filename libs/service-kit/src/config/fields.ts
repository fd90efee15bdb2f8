/** The kinds of settings. Each takes `default`, or `optional: true` (then the value may be undefined), or is required. */
import { makeField, type AnyFieldOptions, type Field, type FieldOptions, type OptionalFieldOptions } from './field.js';

export function text(name: string, options?: FieldOptions<string>): Field<string>;
export function text(name: string, options: OptionalFieldOptions): Field<string | undefined>;
export function text(name: string, options?: AnyFieldOptions<string>): Field<string | undefined> {
  return makeField(name, 'a text', (raw) => raw, options);
}

/** A text that is never printed. */
export function secret(name: string, options?: FieldOptions<string>): Field<string>;
export function secret(name: string, options: OptionalFieldOptions): Field<string | undefined>;
export function secret(name: string, options: AnyFieldOptions<string> = {}): Field<string | undefined> {
  return makeField(name, 'a secret text', (raw) => raw, { ...options, secret: true });
}

/** Comma separated; blanks around items are dropped, empty items refused. */
export function list(name: string, options?: FieldOptions<readonly string[]>): Field<readonly string[]>;
export function list(name: string, options: OptionalFieldOptions): Field<readonly string[] | undefined>;
export function list(name: string, options?: AnyFieldOptions<readonly string[]>): Field<readonly string[] | undefined> {
  return makeField(name, 'a comma separated list without empty items', parseList, options);
}

export interface IntegerRange {
  readonly min?: number;
  readonly max?: number;
}

export function integer(name: string, options?: FieldOptions<number> & IntegerRange): Field<number>;
export function integer(name: string, options: OptionalFieldOptions & IntegerRange): Field<number | undefined>;
export function integer(name: string, options: AnyFieldOptions<number> & IntegerRange = {}): Field<number | undefined> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return makeField(name, `an integer ${bounds}`, (raw) => parseInteger(raw, min, max), options);
}

export function flag(name: string, options?: FieldOptions<boolean>): Field<boolean>;
export function flag(name: string, options: OptionalFieldOptions): Field<boolean | undefined>;
export function flag(name: string, options?: AnyFieldOptions<boolean>): Field<boolean | undefined> {
  return makeField(name, 'true or false', (raw) => ({ true: true, false: false })[raw], options);
}

export function choice<const T extends string>(name: string, values: readonly T[], options?: FieldOptions<T>): Field<T>;
export function choice<const T extends string>(
  name: string,
  values: readonly T[],
  options: OptionalFieldOptions,
): Field<T | undefined>;
export function choice<T extends string>(name: string, values: readonly T[], options?: AnyFieldOptions<T>): Field<T | undefined> {
  return makeField(name, `one of ${values.join(', ')}`, (raw) => values.find((value) => value === raw), options);
}

/** A URL of one of the given schemes. Handed on as it was written; may hold a password, so it is never printed. */
export function url(name: string, schemes: readonly string[], options?: FieldOptions<string>): Field<string>;
export function url(name: string, schemes: readonly string[], options: OptionalFieldOptions): Field<string | undefined>;
export function url(name: string, schemes: readonly string[], options: AnyFieldOptions<string> = {}): Field<string | undefined> {
  const parse = (raw: string) => (schemes.includes(URL.parse(raw)?.protocol.slice(0, -1) ?? '') ? raw : undefined);
  return makeField(name, `a URL with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`, parse, {
    ...options,
    secret: true,
  });
}

function parseList(raw: string): readonly string[] | undefined {
  const items = raw.split(',').map((item) => item.trim());
  return items.every((item) => item !== '') ? items : undefined;
}

function parseInteger(raw: string, min: number, max: number): number | undefined {
  const value = /^-?\d{1,16}$/.test(raw) ? Number(raw) : Number.NaN;
  return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
}
