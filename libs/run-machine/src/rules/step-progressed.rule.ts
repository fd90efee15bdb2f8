import { canonicalJson, type StepProgressed } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { isTerminal, type RunState } from '../state/run-state.js';
import { isAtExecutor } from '../state/step-state.js';

/** A long attempt is under way. Only what is new becomes a fact: the first sign of life, and progress that has changed. */
export function stepProgressed(plan: FlowPlan, state: RunState, input: StepProgressed): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  const step = state.steps.get(input.step_id);
  if (step === undefined || !isAtExecutor(step) || step.attempt !== input.attempt) return ignored('attempt_not_open');
  const told = input.progress === undefined || canonicalJson(input.progress) === canonicalJson(step.progress);
  if (step.status === 'running' && told) return ignored('nothing_new');
  const draft = new Draft(plan, state, input.at);
  draft.record('step.progressed', input.step_id, {
    attempt: input.attempt,
    started_at: new Date(input.started_at).toISOString(),
    executor: input.executor,
    ...(input.progress === undefined ? {} : { progress: input.progress }),
  });
  return draft.decided();
}
