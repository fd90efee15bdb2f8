/**
 * One setting: its name, what is expected, how its text becomes a value.
 * Owns parsing and the wording of problems; refuses to read the environment or files (see define-config.ts).
 */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

export interface Field<T> {
  readonly name: string;
  /** What a person has to put there, e.g. "an integer from 0 to 65535". */
  readonly expected: string;
  /** The value is never printed. */
  readonly secret: boolean;
  readonly parse: (raw: string) => Parsed<T>;
  /** What holds where nothing is set; undefined: the setting is required. */
  readonly fallback: (() => T) | undefined;
}

export interface FieldOptions<T> {
  /** A function is called at each read: for what depends on the process, such as the host's name. */
  readonly default?: T | (() => T);
  readonly secret?: boolean;
  /** Replaces the generic wording of what is expected. */
  readonly expected?: string;
}

export interface OptionalFieldOptions {
  readonly optional: true;
  readonly secret?: boolean;
  readonly expected?: string;
}

export type AnyFieldOptions<T> = FieldOptions<T> | OptionalFieldOptions;

/** What the constructors of fields share: required, defaulted or optional are the same three choices for every kind. */
export function makeField<T>(
  name: string,
  expected: string,
  parse: (raw: string) => T | undefined,
  options: AnyFieldOptions<T> = {},
): Field<T | undefined> {
  const wording = options.expected ?? expected;
  return {
    name,
    expected: wording,
    secret: options.secret ?? false,
    fallback: fallbackOf(options),
    parse: (raw) => {
      const value = parse(raw);
      return value === undefined ? { ok: false, expected: wording } : { ok: true, value };
    },
  };
}

function fallbackOf<T>(options: AnyFieldOptions<T>): (() => T | undefined) | undefined {
  if ('optional' in options) return () => undefined;
  const value = options.default;
  if (value === undefined) return undefined;
  return typeof value === 'function' ? (value as () => T) : () => value;
}
