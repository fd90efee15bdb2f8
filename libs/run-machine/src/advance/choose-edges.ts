import type { FlowError } from '@flows/contracts';
import type { ExpressionContext, PlannedEdge, PlannedStep } from '@flows/flow-graph';

export type ChosenEdges = { ok: true; live: number[] } | { ok: false; error: FlowError };

/**
 * Which drawn edges of a step are live once it has settled.
 * A branch in mode `first` takes the first edge whose condition holds, else the one without condition, wherever it stands;
 * any other step (and mode `all`) takes every edge whose condition holds or that has none. None taken is legal: the path ends.
 */
export function chooseEdges(step: PlannedStep, context: ExpressionContext): ChosenEdges {
  const first = step.definition.type === 'branch' && step.definition.mode !== 'all';
  const live: number[] = [];
  let otherwise: PlannedEdge | null = null;
  for (const edge of step.outgoing) {
    if (edge.kind === 'fallback') continue;
    if (edge.condition === null) {
      if (first) otherwise = edge;
      else live.push(edge.index);
      continue;
    }
    const result = edge.condition.test(context);
    if (!result.ok) return { ok: false, error: conditionError(edge, result) };
    if (!result.value) continue;
    live.push(edge.index);
    if (first) return { ok: true, live };
  }
  if (otherwise !== null) live.push(otherwise.index);
  return { ok: true, live };
}

function conditionError(edge: PlannedEdge, problem: { code: string; message: string }): FlowError {
  return {
    code: 'condition_failed',
    message: `The condition of the edge ${edge.from} → ${edge.to} (${edge.condition?.source ?? ''}) cannot be evaluated: ${problem.message}`,
    class: 'non_retryable',
    origin: 'run-machine',
    details: { edge: edge.index, problem: problem.code },
  };
}
