import type { ControlCancel, ControlTerminate } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { endCancelled } from '../advance/end-cancelled.js';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { controlOf } from './control-of.js';
import { isTerminal, openChildren, type RunState } from '../state/run-state.js';

/** Everything open stops; the cleanup branch runs, where there is one and something has begun; then the run is cancelled. */
export function cancelRun(plan: FlowPlan, state: RunState, input: ControlCancel): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  if (state.cancelling !== null || state.controls.includes(input.id)) return ignored('already_so');
  const draft = new Draft(plan, state, input.at);
  const by = controlOf(input);
  if (plan.onCancel === null || !state.begun) endCancelled(draft, by, { forced: false });
  else {
    draft.recordRun('run.cancelling', { ...by, cleanup: plan.onCancel.id, children: openChildren(state) });
    advance(draft, [plan.onCancel]);
  }
  return draft.decided();
}

/** The run is cancelled at once, without its cleanup, or in the middle of it. */
export function terminateRun(plan: FlowPlan, state: RunState, input: ControlTerminate): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  if (state.controls.includes(input.id)) return ignored('already_so');
  const draft = new Draft(plan, state, input.at);
  endCancelled(draft, controlOf(input), { forced: true });
  return draft.decided();
}
