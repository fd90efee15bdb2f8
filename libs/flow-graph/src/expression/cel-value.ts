/**
 * Owns what an expression computes with. Values of the context stay the plain JSON they are (never copied, never wrapped);
 * CEL's own kinds are added: `int` is a BigInt, so that `7 / 2` is 3 while a JSON number is always a double.
 */
export type CelValue =
  null | boolean | number | bigint | string | CelTimestamp | CelDuration | CelValue[] | { [key: string]: CelValue };

/** A moment, milliseconds since 1970 in UTC. */
export class CelTimestamp {
  constructor(readonly ms: number) {}
}

/** A length of time in milliseconds; may be negative. */
export class CelDuration {
  constructor(readonly ms: number) {}
}

export type CelKind = 'null' | 'bool' | 'int' | 'double' | 'string' | 'list' | 'map' | 'timestamp' | 'duration';
/** What is known before evaluation: a kind, or `dyn` (anything). */
export type StaticKind = CelKind | 'dyn';

export function kindOf(value: CelValue): CelKind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    default:
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'list';
      if (value instanceof CelTimestamp) return 'timestamp';
      return value instanceof CelDuration ? 'duration' : 'map';
  }
}

/** Kinds by the words people use for JSON, for messages: "needs two numbers, got text and null". */
const WORDS: Record<StaticKind, string> = {
  null: 'null',
  bool: 'a boolean',
  int: 'a number',
  double: 'a number',
  string: 'a text',
  list: 'a list',
  map: 'an object',
  timestamp: 'a timestamp',
  duration: 'a duration',
  dyn: 'anything',
};
export const kindWord = (kind: StaticKind): string => WORDS[kind];

export const isNumeric = (value: CelValue): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** A map of CEL (not a list, a timestamp or a duration). */
export function isMap(value: CelValue): value is { [key: string]: CelValue } {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !(value instanceof CelTimestamp) &&
    !(value instanceof CelDuration)
  );
}
