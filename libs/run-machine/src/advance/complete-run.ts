import { MAX_STEP_OUTPUT_BYTES, type JsonValue } from '@flows/contracts';
import { jsonSizeBytes } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';
import { expressionError, machineError } from './settle-step.js';

/** Nothing is open any more: the run has its output. */
export function completeRun(draft: Draft): void {
  const { output } = draft.plan;
  if (output === null) return completeWith(draft, lastOutputs(draft));
  const resolved = output.resolve(draft.expressions());
  if (resolved.ok) return completeWith(draft, resolved.value);
  draft.recordRun('run.failed', { error: expressionError("The run's output cannot be computed", resolved) });
}

function completeWith(draft: Draft, output: JsonValue): void {
  if (jsonSizeBytes(output, MAX_STEP_OUTPUT_BYTES) <= MAX_STEP_OUTPUT_BYTES)
    return draft.recordRun('run.completed', { output, via_fallback: draft.state.viaFallback });
  const message = `The run's output has more than ${MAX_STEP_OUTPUT_BYTES} bytes of JSON: say in the definition's "output" what of it is needed`;
  draft.recordRun('run.failed', { error: machineError('output_too_large', message) });
}

/**
 * Without an `output` in the definition: the output of the single last completed step, or an object by step id when several
 * are last. Last are those after which no other completed on a live path; a branch only chooses, so it is looked through.
 */
function lastOutputs(draft: Draft): JsonValue {
  const { plan, state } = draft;
  const followed = new Set<string>();
  const last: string[] = [];
  for (const step of [...plan.steps].reverse()) {
    const goesOn = step.outgoing.some((edge) => state.liveEdges.has(edge.index) && followed.has(edge.to));
    const counts = state.steps.get(step.id)?.status === 'completed' && step.type !== 'branch';
    if (counts && !goesOn) last.unshift(step.id);
    if (counts || goesOn) followed.add(step.id);
  }
  const outputOf = (id: string): JsonValue => state.steps.get(id)?.output ?? null;
  if (last.length === 0) return null;
  if (last.length === 1) return outputOf(last[0] as string);
  return Object.fromEntries(last.map((id) => [id, outputOf(id)]));
}
