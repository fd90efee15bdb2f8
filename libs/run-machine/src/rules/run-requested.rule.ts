import { toTypeId, type RunRequested } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { Draft } from '../decide/draft.js';
import type { Decision } from '../decide/decision.js';
import { isTerminal, type RunState } from '../state/run-state.js';

/** A run begins: its starts begin together. */
export function runRequested(plan: FlowPlan, state: RunState, input: RunRequested): Decision {
  if (state.status !== 'queued') return { kind: 'ignored', reason: isTerminal(state.status) ? 'run_ended' : 'already_started' };
  const draft = new Draft(plan, state, input.at);
  draft.recordRun('run.started', { workflow_id: toTypeId('wf', state.workflowId), version: state.version });
  advance(draft, plan.starts);
  return { kind: 'decided', facts: draft.facts, state: draft.state };
}
