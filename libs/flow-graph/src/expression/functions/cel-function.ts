import type { CelDuration, CelTimestamp, CelValue, StaticKind } from '../cel-value.js';
import type { Frame } from '../frame.js';

/** One overload. `accepts` are the kinds of receiver (for methods) and arguments; a JSON number fits an `int` when it is whole. */
export interface CelFunction {
  readonly accepts: readonly StaticKind[];
  readonly returns: StaticKind;
  /** Receives values of exactly the accepted kinds; an `int` arrives as a safe whole number. Fails with `EvaluationFailure`. */
  readonly apply: (args: readonly CelValue[], frame: Frame) => CelValue;
}

/** What `apply` receives for each accepted kind. */
interface KindTypes {
  null: null;
  bool: boolean;
  int: number;
  double: number;
  string: string;
  list: CelValue[];
  map: { [key: string]: CelValue };
  timestamp: CelTimestamp;
  duration: CelDuration;
  dyn: CelValue;
}
type Values<K extends readonly StaticKind[]> = { [Index in keyof K]: KindTypes[K[Index]] };

/** `define(['string', 'string'], 'bool', ([text, part]) => …)`: ties kinds to the types of the arguments, in one place. */
export function define<const K extends readonly StaticKind[]>(
  accepts: K,
  returns: StaticKind,
  apply: (args: Values<K>, frame: Frame) => CelValue,
): CelFunction {
  return { accepts, returns, apply: apply as unknown as CelFunction['apply'] };
}

export type FunctionTable = Record<string, readonly CelFunction[]>;
