import type { ControlRetry } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { controlOf } from './control-of.js';
import { hasOnlyToEnd, resetSteps } from '../retry/reset-steps.js';
import { begin } from './run-requested.rule.js';
import { isTerminal, type RunState } from '../state/run-state.js';

/** A run that did not complete queues anew, to go on from what failed or was cut off, or from a step that a person has chosen. */
export function retryRun(plan: FlowPlan, state: RunState, input: ControlRetry): Decision {
  if (state.controls.includes(input.id)) return ignored('already_so');
  if (!isTerminal(state.status)) return ignored('not_ended');
  if (state.status === 'completed') return ignored('run_ended');
  if (input.expected_seq !== undefined && input.expected_seq !== state.seq) return ignored('run_moved');
  const fromStep = input.from_step ?? null;
  const { from, reset } = resetSteps(plan, state, fromStep);
  // A parent that lets its child go on waits for it to end once more, however that is.
  const isAwaited = state.parent !== null && fromStep === null;
  if (from.length === 0 && !isAwaited && !hasOnlyToEnd(state, fromStep)) return ignored('nothing_to_retry');
  const draft = new Draft(plan, state, input.at);
  const gone = new Set(reset);
  draft.recordRun('run.retried', {
    ...controlOf(input),
    from,
    reset,
    ...(input.input === undefined || input.from_step === undefined ? {} : { input: input.input }),
    expires_at: draft.in(plan.timeoutMs),
    live_edges: [...state.liveEdges].filter((edge) => !gone.has(plan.edges[edge]?.from ?? '')),
  });
  // A child's parent holds the place that it needs, but for a lane of its own; any other run queues, so that retrying thousands delays
  // nobody else.
  if (state.parent !== null && plan.concurrency === null) begin(draft);
  return draft.decided();
}
