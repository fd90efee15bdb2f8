import type { ControlPause } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { controlOf } from './control-of.js';
import { isTerminal, openChildren, type RunState } from '../state/run-state.js';

/** Nothing begins any more. What is at work ends and is kept, and so are timers, decisions and events. A cleanup is not paused. */
export function pauseRun(plan: FlowPlan, state: RunState, input: ControlPause): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  if (state.status === 'paused' || state.cancelling !== null || state.controls.includes(input.id)) return ignored('already_so');
  const draft = new Draft(plan, state, input.at);
  const children = openChildren(state, 'item');
  draft.recordRun('run.paused', {
    ...controlOf(input),
    ...(children.length === 0 ? {} : { children }),
  });
  return draft.decided();
}
