/**
 * Regular expressions in the syntax of RE2, as CEL prescribes, as a tree. What cannot be matched in linear time
 * (backreferences, lookaround) does not exist here.
 */
export type Pattern =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number };

export type Assertion = 'text_start' | 'text_end' | 'line_start' | 'line_end' | 'word_boundary' | 'no_word_boundary';

/** Code points as pairs of inclusive bounds, flat: `[97, 122, 48, 57]` is `[a-z0-9]`. */
export interface CharacterSet {
  readonly ranges: readonly number[];
  readonly negated: boolean;
  readonly ignoreCase: boolean;
}

/** The letters after a backslash that stand for a set; upper case negates. */
export const NAMED_SETS: Readonly<Record<string, readonly number[]>> = {
  d: [48, 57],
  w: [48, 57, 65, 90, 95, 95, 97, 122],
  s: [9, 10, 12, 13, 32, 32],
};

export function setHolds(set: CharacterSet, point: number): boolean {
  return (inRanges(set.ranges, point) || (set.ignoreCase && inOtherCase(set.ranges, point))) !== set.negated;
}

function inRanges(ranges: readonly number[], point: number): boolean {
  for (let index = 0; index < ranges.length; index += 2) {
    if (point >= (ranges[index] as number) && point <= (ranges[index + 1] as number)) return true;
  }
  return false;
}

function inOtherCase(ranges: readonly number[], point: number): boolean {
  const character = String.fromCodePoint(point);
  const lower = character.toLowerCase().codePointAt(0) as number;
  const upper = character.toUpperCase().codePointAt(0) as number;
  return (lower !== point && inRanges(ranges, lower)) || (upper !== point && inRanges(ranges, upper));
}

/** The complement of ranges, for `\D` inside of a class. */
export function complement(ranges: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let index = 0; index < ranges.length; index += 2) pairs.push([ranges[index] as number, ranges[index + 1] as number]);
  pairs.sort(([a], [b]) => a - b);
  const out: number[] = [];
  let next = 0;
  for (const [low, high] of pairs) {
    if (low > next) out.push(next, low - 1);
    next = Math.max(next, high + 1);
  }
  if (next <= 0x10ffff) out.push(next, 0x10ffff);
  return out;
}
