import type { PlannedStep } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';
import { beginStep } from '../begin/begin-step.js';
import { isSettled } from '../state/step-state.js';
import { completeRun } from './complete-run.js';
import { endCancelled } from './end-cancelled.js';
import { skipDead } from './settle-step.js';

/**
 * Carries a run as far as it goes without anybody else: from the given steps along their edges, until everything that is
 * open waits for an executor, a timer, a person, an event or a child, or the run has ended. A loop with its own list, not
 * recursion: a chain of 500 transforms must not meet the stack's end. A paused run goes nowhere.
 *
 * @param from the starts of the run, or steps that have just changed.
 */
export function advance(draft: Draft, from: readonly PlannedStep[]): void {
  if (draft.paused) return;
  const queue = [...from];
  for (let head = 0; head < queue.length && !draft.ended; head += 1) {
    const step = queue[head] as PlannedStep;
    if (!draft.state.steps.has(step.id)) {
      const readiness = readinessOf(draft, step);
      if (readiness === 'not_yet') continue;
      if (readiness === 'begin') beginStep(draft, step);
      else skipDead(draft, step);
    }
    const status = draft.state.steps.get(step.id)?.status;
    if (status === undefined || !isSettled(status)) continue;
    for (const edge of step.outgoing) {
      const target = draft.planned(edge.to);
      if (target !== undefined && !draft.state.steps.has(target.id)) queue.push(target);
    }
  }
  if (draft.ended || draft.state.inFlight > 0 || draft.state.parked > 0) return;
  if (draft.state.cancelling === null) completeRun(draft);
  else endCancelled(draft, draft.state.cancelling, { forced: false });
}

/** Everything that may begin now, wherever it is: after a pause, and at a retry. */
export function advanceAll(draft: Draft): void {
  const { plan, state } = draft;
  advance(
    draft,
    plan.steps.filter((step) => plan.cleanup.has(step.id) === (state.cancelling !== null)),
  );
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
