import type { PlannedStep } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';
import { isSettled, isTerminal } from '../state/run-state.js';
import { beginStep } from './begin-step.js';
import { completeRun } from './complete-run.js';
import { skipDead } from './settle-step.js';

/**
 * Carries a run as far as it goes without anybody else: from the given steps along their edges, until everything that is
 * open waits for an executor or a timer, or the run has ended. A loop with its own list, not recursion: a chain of 500
 * transforms must not meet the stack's end.
 *
 * @param from the starts of the run, or a step that has just changed.
 */
export function advance(draft: Draft, from: readonly PlannedStep[]): void {
  const queue = [...from];
  for (let step = queue.shift(); step !== undefined && !isTerminal(draft.state.status); step = queue.shift()) {
    if (!draft.state.steps.has(step.id)) {
      const readiness = readinessOf(draft, step);
      if (readiness === 'not_yet') continue;
      if (readiness === 'begin') beginStep(draft, step);
      else skipDead(draft, step);
    }
    const status = draft.state.steps.get(step.id)?.status;
    if (status === undefined || !isSettled(status)) continue;
    for (const edge of step.outgoing) {
      const target = draft.plan.step.get(edge.to);
      if (target !== undefined && !draft.state.steps.has(target.id)) queue.push(target);
    }
  }
  if (!isTerminal(draft.state.status) && draft.state.inFlight === 0 && draft.state.parked === 0) completeRun(draft);
}

/**
 * `join: all`: when every incoming edge is settled and one is live; `join: any`: at the first live one. All of them dead:
 * the step is skipped, and so are the paths that hang on it only. A join never hangs.
 */
function readinessOf(draft: Draft, step: PlannedStep): 'begin' | 'skip' | 'not_yet' {
  if (step.incoming.length === 0) return 'begin';
  let live = false;
  let open = false;
  for (const edge of step.incoming) {
    if (draft.state.liveEdges.has(edge.index)) live = true;
    else {
      const source = draft.state.steps.get(edge.from)?.status;
      if (source === undefined || !isSettled(source)) open = true;
    }
  }
  if (live && (step.join === 'any' || !open)) return 'begin';
  return open ? 'not_yet' : 'skip';
}
