/**
 * Ids that are computed instead of drawn, so that the same cause gives the same id after any redelivery.
 * Pure (no node:crypto): the core may use it.
 */

/** 32-bit finaliser of MurmurHash3: every input bit reaches every output bit. */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 code units with a seed, finalised. Well spread, not cryptographic. */
export function hash32(text: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) h = Math.imul(h ^ text.charCodeAt(index), 0x01000193);
  return mix(h);
}

const hex8 = (value: number): string => value.toString(16).padStart(8, '0');

/**
 * A UUIDv7 that belongs to `parent` (a UUIDv7): its time is the parent's, its random part a 74-bit hash of parent and name.
 * Unique among the names below one parent; a step run id is `deriveId(runId, stepId)`.
 */
export function deriveId(parent: string, name: string): string {
  const text = `${parent}/${name}`;
  const a = hash32(text, 1);
  const b = hash32(text, 2);
  const c = hash32(text, 3);
  const time = parent.slice(0, 13);
  const variant = ((b >>> 28) & 0x3) | 0x8;
  return `${time}-7${hex8(a).slice(0, 3)}-${variant.toString(16)}${hex8(b).slice(1, 4)}-${hex8(c)}${hex8((a ^ b) >>> 0).slice(4)}`;
}
