import { escapePointer } from '@flows/contracts';

/** A key as one segment of a JSON pointer in a URI fragment. Total: half a surrogate pair, which no URI can hold, becomes U+FFFD. */
export function pointerSegment(key: string): string {
  return escapePointer(key.toWellFormed());
}
