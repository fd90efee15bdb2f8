import type { CelFunction, FunctionTable } from './cel-function.js';
import { CONVERSIONS } from './conversions.js';
import { SIZE_FUNCTIONS, TEXT_AND_LIST_METHODS } from './text-and-list.js';
import { TIME_METHODS } from './time-methods.js';

/** The closed list of what expressions may call. All are deterministic; none reads the clock, the locale or the host. */
type Table = ReadonlyMap<string, readonly CelFunction[]>;

/** Called as `name(…)`. */
export const FUNCTIONS: Table = merge(SIZE_FUNCTIONS, CONVERSIONS);
/** Called as `receiver.name(…)`; the receiver is the first of `accepts`. */
export const METHODS: Table = merge(SIZE_FUNCTIONS, TEXT_AND_LIST_METHODS, TIME_METHODS);

function merge(...tables: FunctionTable[]): Table {
  const merged = new Map<string, readonly CelFunction[]>();
  for (const table of tables) {
    for (const [name, overloads] of Object.entries(table)) merged.set(name, [...(merged.get(name) ?? []), ...overloads]);
  }
  return merged;
}
