import type { Evidence } from './evidence/evidence.js';

/** A promise that the product broke. */
export interface Violation {
  /** `I5`. */
  invariant: string;
  /** What it is about: a run's id, a timer, an idempotency key. */
  subject: string;
  /** One sentence with the values that show it. */
  what: string;
}

/** Pure. Returns all that it finds, and throws for nothing that the product can cause. */
export type Check = (evidence: Evidence) => Violation[];

/** Violations of one invariant, collected. */
export class Findings {
  readonly violations: Violation[] = [];

  constructor(private readonly invariant: string) {}

  add(subject: string, what: string): void {
    this.violations.push({ invariant: this.invariant, subject, what });
  }
}
