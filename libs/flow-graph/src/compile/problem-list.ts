import type { FlowProblem } from '../plan/problem.js';

/** More problems than a person reads; past them the list only says that there are more. */
const MAX_PROBLEMS = 500;

/** Collects what is wrong, once per (pointer, code, message), in the order found. */
export class ProblemList {
  readonly items: FlowProblem[] = [];
  readonly #seen = new Set<string>();

  add(pointer: string, code: string, message: string, stepId?: string | null): void {
    const key = `${pointer} ${code} ${message}`;
    if (this.#seen.has(key) || this.items.length > MAX_PROBLEMS) return;
    this.#seen.add(key);
    if (this.items.length === MAX_PROBLEMS) {
      this.items.push({ pointer: '#', code: 'too_many_problems', message: `Only the first ${MAX_PROBLEMS} problems are listed` });
      return;
    }
    this.items.push({ pointer, code, message, ...(typeof stepId === 'string' ? { step_id: stepId } : {}) });
  }
}
