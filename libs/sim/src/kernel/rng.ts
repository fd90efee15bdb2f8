import { hash32 } from '@flows/contracts';
import type { Draw } from '@flows/run-machine/testing';

/**
 * xoshiro128**. Every choice of a simulation comes from a stream that has a name of its own (`seed/pg`, `seed/kafka`, …), so that one
 * draw more in one place does not shift the others.
 */
export class Rng implements Draw {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(readonly name: string) {
    [this.a, this.b, this.c, this.d] = [1, 2, 3, 4].map((salt) => hash32(name, salt) | 0) as [number, number, number, number];
    if ((this.a | this.b | this.c | this.d) === 0) this.d = 1;
  }

  stream(name: string): Rng {
    return new Rng(`${this.name}/${name}`);
  }

  next(): number {
    const fives = Math.imul(this.b, 5);
    const result = Math.imul((fives << 7) | (fives >>> 25), 9);
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result >>> 0;
  }

  int(below: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * below);
  }

  chance(probability: number): boolean {
    return this.next() / 0x1_0000_0000 < probability;
  }

  between(from: number, to: number): number {
    return from + this.int(to - from + 1);
  }

  /** Spread evenly over orders of magnitude. */
  logBetween(from: number, to: number): number {
    return from * (to / from) ** (this.next() / 0x1_0000_0000);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }
}
