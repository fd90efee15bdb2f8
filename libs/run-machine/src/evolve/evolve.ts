import type { RunFact } from '@flows/contracts';
import { copyState, type RunState } from '../state/run-state.js';
import { applyRunFact } from './run-facts.js';
import { applyStepFact } from './step-facts.js';

/** The state after a fact. Total: every fact folds into every state; facts are true, so nothing here chooses or refuses. */
export function evolve(state: RunState, fact: RunFact): RunState {
  const next = copyState(state);
  applyFact(next, fact);
  return next;
}

/** The state after a history. */
export function fold(state: RunState, facts: Iterable<RunFact>): RunState {
  const next = copyState(state);
  for (const fact of facts) applyFact(next, fact);
  return next;
}

/** Folds into a state that the caller owns (a copy of its own). */
export function applyFact(draft: RunState, fact: RunFact): void {
  draft.seq = fact.seq;
  draft.updatedAt = fact.at;
  if (fact.step_id === undefined) applyRunFact(draft, fact);
  else applyStepFact(draft, fact);
}
