import { canonicalJson, hash32, type JsonValue } from '@flows/contracts';

/** Tells one input of a step from another: 128 bits and the length of its canonical JSON. Not against somebody who looks for collisions: they are all their own. */
export function inputHash(input: JsonValue): string {
  const text = canonicalJson(input);
  return [1, 2, 3, 4].map((seed) => hash32(text, seed).toString(36)).join('-') + `-${text.length}`;
}
