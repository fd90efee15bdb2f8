import { toTypeId, type ControlResume, type HeldInput } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { advanceAll } from '../advance/advance.js';
import { continueForeach } from '../begin/begin-foreach.js';
import { scheduleNext } from '../begin/schedule-attempt.js';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { isTerminal, openChildren, type RunState } from '../state/run-state.js';
import { applyDecision } from './approval-decided.rule.js';
import { controlOf } from './control-of.js';
import { takeKeptEvents } from './event-received.rule.js';
import { begin } from './run-requested.rule.js';
import { findArmed, fireTimer } from './timer-fired.rule.js';

/**
 * A paused run goes on from where it is: what came meanwhile takes effect now, in the order in which it came. Steps that wait for
 * a connection to be re-authorised try again, in a run that was not paused as well.
 */
export function resumeRun(plan: FlowPlan, state: RunState, input: ControlResume): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  const paused = state.status === 'paused';
  // Sent when a connection is authorised again: who paused the run meanwhile wants it paused.
  if (paused && input.only === 'reauth') return ignored('already_so');
  const blocked = [...state.steps].flatMap(([id, step]) => (step.wait?.for === 'reauth' ? [id] : []));
  // A parent that resumes knows nothing of connections.
  const byParent = state.parent !== null && input.actor === toTypeId('run', state.parent.run_id);
  if (state.controls.includes(input.id) || (!paused && (blocked.length === 0 || byParent))) return ignored('already_so');
  const draft = new Draft(plan, state, input.at);
  const children = paused ? openChildren(state, 'item') : [];
  draft.recordRun('run.resumed', { ...controlOf(input), ...(children.length === 0 ? {} : { children }) });
  for (const stepId of blocked) scheduleNext(draft, stepId);
  // INVARIANT: what settled while paused goes on first. Else a timer's end could be taken for the end of the run.
  if (draft.state.begun) advanceAll(draft);
  for (const held of state.held) {
    if (draft.state.begun && !draft.ended) {
      // An event that came before a timer counts before it.
      takeKeptEvents(draft, held.at);
      if (!draft.ended) advanceAll(draft);
    }
    if (!draft.ended) apply(draft, held);
  }
  if (!draft.state.begun || draft.ended) return draft.decided();
  takeKeptEvents(draft);
  for (const step of plan.steps) {
    if (step.foreach !== null && draft.state.steps.get(step.id)?.status === 'running') continueForeach(draft, step, step.foreach);
  }
  if (!draft.ended) advanceAll(draft);
  return draft.decided();
}

function apply(draft: Draft, held: HeldInput): void {
  switch (held.type) {
    case 'run.requested':
      return begin(draft);
    case 'approval.decided':
      return applyDecision(draft, held);
    case 'timer.fired': {
      const stepId = findArmed(draft.state, held.timer_id);
      if (stepId !== null) fireTimer(draft, stepId);
    }
  }
}
