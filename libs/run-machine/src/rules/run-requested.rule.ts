import { toTypeId, type RunRequested } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { advance, advanceAll } from '../advance/advance.js';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { isTerminal, type RunState } from '../state/run-state.js';

/** A run begins: its starts begin together, or after a retry everything that may. One that was paused before it began does so when it is resumed. */
export function runRequested(plan: FlowPlan, state: RunState, input: RunRequested): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  if (state.begun) return ignored('already_started');
  const draft = new Draft(plan, state, input.at);
  if (draft.paused) {
    if (state.held.some((held) => held.type === 'run.requested')) return ignored('already_so');
    draft.recordRun('run.input_held', { input });
  } else begin(draft);
  return draft.decided();
}

export function begin(draft: Draft): void {
  const { state, plan } = draft;
  draft.recordRun('run.started', { workflow_id: toTypeId('wf', state.workflowId), version: state.version });
  if (state.lives.size === 0 && state.steps.size === 0) advance(draft, plan.starts);
  else advanceAll(draft);
}
