import { toTypeId, type ChildEnded, type ChildOutcome } from '@flows/contracts';
import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { completeStep, failStep, machineError } from '../advance/settle-step.js';
import { continueForeach } from '../begin/begin-foreach.js';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { costSince } from '../evolve/add-cost.js';
import { isTerminal, type RunState } from '../state/run-state.js';

/** A child run has ended: the flow step ends with it, the foreach step goes on to its next item. */
export function childEnded(plan: FlowPlan, state: RunState, input: ChildEnded): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  const planned = plan.step.get(input.step_id);
  const runId = toTypeId('run', input.child_run_id);
  const index = state.steps.get(input.step_id)?.children?.open.get(runId);
  if (planned === undefined || index === undefined) return ignored('child_not_open');
  const heard = state.steps.get(input.step_id)?.children?.heard[index];
  // The end of an earlier life of the child, told again: the parent has heard of it, and waits for the end of this one.
  if (heard !== undefined && input.child_seq !== undefined && input.child_seq <= heard.seq) return ignored('child_not_open');
  // Cut off by this run itself, in an earlier life of it: since then the child was told to go on.
  if (wasCutOffBy(toTypeId('run', state.runId), input.outcome)) return ignored('child_not_open');
  const cost = costSince(heard?.cost ?? null, input.cost);
  const draft = new Draft(plan, state, input.at);
  draft.record('step.child_ended', planned.id, {
    run_id: runId,
    ...(planned.foreach === null ? {} : { index }),
    outcome: input.outcome,
    ...(cost === undefined ? {} : { cost }),
    ...(input.child_seq === undefined ? {} : { child_seq: input.child_seq }),
  });
  const failure = input.outcome.status === 'completed' ? null : input.outcome;
  if (planned.foreach === null) {
    if (failure === null) completeStep(draft, planned, outputOf(input.outcome));
    else failStep(draft, planned, 0, childFailed(planned, runId, failure));
  } else if (failure !== null && planned.foreach.onItemError === 'halt') {
    failStep(draft, planned, 0, itemFailed(runId, index, failure));
  } else if (!draft.paused && !draft.ended) continueForeach(draft, planned, planned.foreach);
  advance(draft, [planned]);
  return draft.decided();
}

/** A run whose step waits for a child does not cut it off: it did so before it was retried, and the report was under way meanwhile. */
function wasCutOffBy(runId: string, outcome: ChildOutcome): boolean {
  return outcome.status === 'cancelled' && outcome.error.details?.['actor'] === runId;
}

type Failure = Exclude<ChildOutcome, { status: 'completed' }>;

function outputOf(outcome: ChildOutcome) {
  return outcome.status === 'completed' ? outcome.output : null;
}

function childFailed(step: PlannedStep, runId: string, { status, error }: Failure) {
  return machineError(`child_${status}`, `The run ${runId} that "${step.id}" waits for ended as ${status}: ${error.message}`, {
    run_id: runId,
    error,
  });
}

function itemFailed(runId: string, index: number, { status, error }: Failure) {
  return machineError(`item_${status}`, `Item ${index} (run ${runId}) ended as ${status}: ${error.message}`, {
    index,
    run_id: runId,
    error,
  });
}
