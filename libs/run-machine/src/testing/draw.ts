/** A source of choices: a seeded generator in the simulator, a tape that shrinks in property tests. */
export interface Draw {
  /** 0 ≤ n < below. */
  int(below: number): number;
}

export function pick<T>(draw: Draw, list: readonly T[]): T {
  return list[draw.int(list.length)] as T;
}

/** True in one of `of` cases. What is drawn least is false, so that a tape of zeros makes the plainest thing. */
export function oneIn(draw: Draw, of: number): boolean {
  return draw.int(of) === of - 1;
}

/** Choices from a list; when that is used up, the first choice always. */
export class Tape implements Draw {
  private at = 0;

  constructor(private readonly values: readonly number[]) {}

  int(below: number): number {
    const value = this.values[this.at] ?? 0;
    this.at += 1;
    return value % below;
  }
}
