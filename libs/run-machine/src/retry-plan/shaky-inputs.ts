import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import type { RunState } from '../state/run-state.js';

export interface StepsBegunAnew {
  readonly ids: ReadonlySet<string>;
  /** The one whose input is replaced by another. */
  readonly corrected: string | null;
}

/**
 * Steps that begin anew and may get another input than they had, since something before them may come out differently. What stands
 * still: a computation over the same data, an effect that is answered from the ledger, a list whose finished items are kept.
 *
 * @param done idempotency keys whose outcome the ledger knows.
 */
export function findShakyInputs(
  plan: FlowPlan,
  state: RunState,
  anew: StepsBegunAnew,
  done: ReadonlySet<string>,
): ReadonlySet<string> {
  /** Steps after which something may be different: their own output, or one before it. */
  const unsettling = new Set<string>();
  const shaky = new Set<string>();
  for (const step of plan.steps) {
    if (step.incoming.some(({ from }) => unsettling.has(from))) shaky.add(step.id);
    const moves = anew.ids.has(step.id) && (anew.corrected === step.id || !standsStill(step, state, done));
    if (moves || shaky.has(step.id)) unsettling.add(step.id);
  }
  return shaky;
}

function standsStill({ id, type }: PlannedStep, state: RunState, done: ReadonlySet<string>): boolean {
  const step = state.steps.get(id);
  if (step?.status === 'skipped') return true;
  if (step?.status !== 'completed') return false;
  switch (type) {
    case 'transform':
    case 'branch':
    case 'foreach':
      return true;
    case 'agent':
    case 'connector':
    case 'http':
      return step.scheduled !== null && done.has(step.scheduled.idempotency_key);
    case 'code':
    case 'wait':
    case 'approval':
    case 'flow':
      return false;
  }
}
