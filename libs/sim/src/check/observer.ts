import type { RunInput } from '@flows/contracts';

/** Sees all, takes part in nothing: what was reached, what was promised to whom, and what must never happen. */
export class Observer {
  /** How often a run of that status met that input, decided and ignored. */
  readonly coverage = new Map<string, { decided: number; ignored: number }>();
  readonly violations: string[] = [];
  /** Attempts that were commanded since the input came that they follow from, not by a sweep. */
  readonly commanded = new Set<string>();
  /** Events that were brought to a wait, by the listener or since the wait began, not by a sweep. */
  readonly brought = new Set<string>();
  /**
   * A redelivered input has told again what it had caused: whatever a sweep was quicker with in the meantime would have come about.
   * By attempt id, and by run and step for waits.
   */
  readonly recalled = new Set<string>();
  /** Ids of runs that were accepted. */
  readonly accepted = new Set<string>();
  /** Answers that got lost: the run may be there or not. */
  readonly unknown = new Set<string>();

  saw(status: string, input: RunInput, decided: boolean): void {
    const key = `${status} ${input.type}`;
    const cell = this.coverage.get(key) ?? { decided: 0, ignored: 0 };
    cell[decided ? 'decided' : 'ignored'] += 1;
    this.coverage.set(key, cell);
  }

  violation(text: string): void {
    if (this.violations.length < 20) this.violations.push(text);
  }
}
