import type { FlowPlan } from '@flows/flow-graph';
import type { RunState } from '../state/run-state.js';

export interface StepsToReset {
  /** Where the run goes on; empty when nothing of it could begin anew. */
  readonly from: string[];
  /** `from` and all that they lead to, as far as it had begun; in the order of the plan. Everything else is kept. */
  readonly reset: string[];
}

/** A run that was cut off after its last step had settled, such as one that was paused meanwhile: nothing begins anew, it has only to end. */
export function hasOnlyToEnd(state: RunState, fromStep: string | null): boolean {
  return fromStep === null && (state.status === 'cancelled' || state.status === 'timed_out');
}

/**
 * Which steps a retry lets begin anew: the chosen one first, and those that failed for good, were cut off, or whose edges could not be
 * chosen. The latter in any case: with them kept as they are the run would end well with a hole in it.
 * A step that had failed and was handled (`continue`, `goto`) is kept, and so are completed ones that none of these leads to.
 */
export function resetSteps(plan: FlowPlan, state: RunState, fromStep: string | null): StepsToReset {
  if (fromStep !== null && !isChoosable(plan, state, fromStep)) return { from: [], reset: [] };
  const reached = fromStep === null ? new Set<string>() : reachedFrom(plan, [fromStep]);
  const others = unfinished(plan, state).filter((id) => !reached.has(id));
  const from = fromStep === null ? others : [fromStep, ...others];
  for (const id of reachedFrom(plan, others)) reached.add(id);
  // The cleanup of a cancelled run has happened; were the run cancelled again, it would happen again.
  if (from.length > 0) for (const id of plan.cleanup) reached.add(id);
  return {
    from,
    reset: plan.steps.flatMap(({ id }) => (reached.has(id) && (state.steps.has(id) || from.includes(id)) ? [id] : [])),
  };
}

function reachedFrom(plan: FlowPlan, from: readonly string[]): Set<string> {
  const reached = new Set(from);
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { to } of plan.step.get(id)?.outgoing ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      open.push(to);
    }
  }
  return reached;
}

function isChoosable(plan: FlowPlan, state: RunState, stepId: string): boolean {
  return state.steps.has(stepId) && plan.step.has(stepId) && !plan.cleanup.has(stepId);
}

function unfinished(plan: FlowPlan, state: RunState): string[] {
  const ids = plan.steps.flatMap(({ id }) => {
    const step = state.steps.get(id);
    if (step === undefined || plan.cleanup.has(id)) return [];
    // A step whose edges could not be chosen has done its work, and still nothing can follow from it.
    return step.status === 'cancelled' || state.error?.step_id === id ? [id] : [];
  });
  // Cut off between two steps, or before the first: everything that can begin begins.
  return ids.length === 0 && state.status !== 'failed' ? startable(plan, state) : ids;
}

function startable(plan: FlowPlan, state: RunState): string[] {
  return plan.steps.flatMap(({ id, incoming }) => {
    if (state.steps.has(id) || plan.cleanup.has(id)) return [];
    return incoming.length === 0 || incoming.some((edge) => state.liveEdges.has(edge.index)) ? [id] : [];
  });
}
