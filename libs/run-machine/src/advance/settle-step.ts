import type { FactData, FlowError, JsonValue } from '@flows/contracts';
import type { PlannedStep } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';
import { openChildren } from '../state/run-state.js';
import { chooseEdges } from './choose-edges.js';
import { endCancelled } from './end-cancelled.js';

type CompletedDetails = Omit<FactData['step.completed'], 'output' | 'live_edges'>;
type FailedDetails = Pick<FactData['step.failed'], 'started_at' | 'executor' | 'trace_id'>;

/**
 * The step has its output: its edges are chosen and recorded with it. A condition that cannot be evaluated fails the run
 * (the step stays completed: its effect is done and its output is kept).
 */
export function completeStep(draft: Draft, step: PlannedStep, output: JsonValue, details: CompletedDetails = {}): void {
  const edges = chooseEdges(step, draft.expressionsWith(step.id, output, 'completed', null));
  draft.record('step.completed', step.id, { ...details, output, live_edges: edges.ok ? edges.live : [] });
  if (!edges.ok) failRun(draft, step.id, details.attempt ?? 0, edges.error);
}

/** A two-stage step whose artefact was rejected: no effect, no output, and its path ends. */
export function rejectStep(draft: Draft, step: PlannedStep, details: CompletedDetails): void {
  draft.record('step.completed', step.id, { ...details, output: null, approval: 'rejected', live_edges: [] });
}

/** The step was passed over by its own `when`: what follows goes on. */
export function skipByCondition(draft: Draft, step: PlannedStep): void {
  const edges = chooseEdges(step, draft.expressionsWith(step.id, null, 'skipped', null));
  draft.record('step.skipped', step.id, { reason: 'when', live_edges: edges.ok ? edges.live : [] });
  if (!edges.ok) failRun(draft, step.id, 0, edges.error);
}

/** No living path leads to the step; none leads on from it either. */
export function skipDead(draft: Draft, step: PlannedStep): void {
  draft.record('step.skipped', step.id, { reason: 'dead_path', live_edges: [] });
}

/** The last attempt has failed, or none could be made: `on_error` says what follows. */
export function failStep(draft: Draft, step: PlannedStep, attempt: number, error: FlowError, details: FailedDetails = {}): void {
  const { onError } = step;
  const open = [...(draft.state.steps.get(step.id)?.children?.open.keys() ?? [])];
  const fact = { ...details, attempt, error, ...(open.length === 0 ? {} : { children: open }) };
  if (onError === 'halt') {
    draft.record('step.failed', step.id, { ...fact, handling: 'halt', live_edges: [] });
    return failRun(draft, step.id, attempt, error);
  }
  if (onError === 'continue') {
    const edges = chooseEdges(step, draft.expressionsWith(step.id, null, 'failed', error));
    draft.record('step.failed', step.id, { ...fact, handling: 'continue', live_edges: edges.ok ? edges.live : [] });
    if (!edges.ok) failRun(draft, step.id, attempt, edges.error);
    return;
  }
  const fallback = step.outgoing.filter((edge) => edge.kind === 'fallback').map((edge) => edge.index);
  draft.record('step.failed', step.id, { ...fact, handling: 'goto', live_edges: fallback });
}

/** A cancelled run whose cleanup fails is cancelled all the same. */
function failRun(draft: Draft, stepId: string, attempt: number, error: FlowError): void {
  if (draft.state.cancelling !== null) return endCancelled(draft, draft.state.cancelling, { forced: false });
  const children = openChildren(draft.state);
  draft.recordRun('run.failed', {
    error: { ...error, step_id: stepId, attempt },
    ...(children.length === 0 ? {} : { children }),
  });
}

export function expressionError(what: string, problem: { code: string; message: string }): FlowError {
  return machineError(problem.code, `${what}: ${problem.message}`);
}

export function machineError(code: string, message: string, details?: Record<string, unknown>): FlowError {
  return {
    code,
    message: message.slice(0, 4096),
    class: 'non_retryable',
    origin: 'run-machine',
    ...(details === undefined ? {} : { details }),
  };
}
