import type { FlowPlan } from '@flows/flow-graph';

/** The plan that a run follows: its version's, or for an item's run the body of its foreach step. Null when there is no such body. */
export function planOfRun(plan: FlowPlan, body: readonly string[] | null | undefined): FlowPlan | null {
  let found: FlowPlan | undefined = plan;
  for (const stepId of body ?? []) found = found?.step.get(stepId)?.foreach?.body;
  return found ?? null;
}
