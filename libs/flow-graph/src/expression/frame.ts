import type { CelValue } from './cel-value.js';
import { BudgetSpent } from './evaluation-failure.js';

/**
 * Units of work one evaluation may use: one per visited node inside loops, one per list element or per 32 characters that
 * an operation walks over. Spending all of it takes a few tens of milliseconds.
 */
export const EVALUATION_BUDGET = 250_000;
const CHARACTERS_PER_UNIT = 32;

/** The mutable state of one evaluation. One per compiled expression, reused: evaluation is synchronous and never re-enters itself. */
export class Frame {
  context: Readonly<Record<string, CelValue>> = EMPTY;
  budget = 0;
  /** Loop variables by nesting depth. */
  readonly locals: CelValue[] = [];

  begin(context: Readonly<Record<string, CelValue>>): void {
    this.context = context;
    this.budget = EVALUATION_BUDGET;
  }

  /** Lets go of the data, so that a cached expression keeps no run alive. */
  end(): void {
    this.context = EMPTY;
    this.locals.length = 0;
  }

  spend(units: number): void {
    this.budget -= units;
    if (this.budget < 0) throw new BudgetSpent();
  }

  spendText(characters: number): void {
    if (characters >= CHARACTERS_PER_UNIT) this.spend(Math.ceil(characters / CHARACTERS_PER_UNIT));
  }
}

const EMPTY: Readonly<Record<string, CelValue>> = Object.freeze(Object.create(null) as Record<string, CelValue>);
