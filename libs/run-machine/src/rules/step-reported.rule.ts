import type { StepReported } from '@flows/contracts';
import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { completeStep, failStep } from '../advance/settle-step.js';
import { Draft } from '../decide/draft.js';
import type { Decision } from '../decide/decision.js';
import { isTerminal, type RunState } from '../state/run-state.js';
import { retryDelayMs } from '../advance/retry-delay.js';

/**
 * An executor says how an attempt ended. The attempt number fences: only the report of the open attempt counts, so that a
 * redelivered, late or zombie report changes nothing.
 */
export function stepReported(plan: FlowPlan, state: RunState, input: StepReported): Decision {
  if (isTerminal(state.status)) return { kind: 'ignored', reason: 'run_ended' };
  const planned = plan.step.get(input.step_id);
  const step = state.steps.get(input.step_id);
  if (planned === undefined || step === undefined || step.status !== 'scheduled' || step.attempt !== input.attempt) {
    return { kind: 'ignored', reason: state.status === 'queued' ? 'not_started' : 'attempt_not_open' };
  }
  const draft = new Draft(plan, state, input.at);
  const source = {
    started_at: new Date(input.started_at).toISOString(),
    executor: input.executor,
    ...(input.trace_id === undefined ? {} : { trace_id: input.trace_id }),
  };
  const { outcome } = input;
  if (outcome.status === 'completed') {
    completeStep(draft, planned, outcome.output, {
      attempt: input.attempt,
      ...(outcome.cost === undefined ? {} : { cost: outcome.cost }),
      ...(outcome.effects === undefined ? {} : { effects: outcome.effects }),
      ...source,
    });
  } else if (mayRetry(planned, input.attempt, outcome.error)) {
    const dueAt = draft.at + retryDelayMs(planned.retry, state.runId, input.step_id, input.attempt, outcome.retry_after_ms);
    draft.record('step.retrying', input.step_id, {
      attempt: input.attempt,
      error: outcome.error,
      timer_id: `retry:${input.step_id}:${input.attempt}`,
      due_at: new Date(dueAt).toISOString(),
      ...source,
    });
  } else {
    failStep(draft, planned, input.attempt, outcome.error, source);
  }
  advance(draft, [planned]);
  return { kind: 'decided', facts: draft.facts, state: draft.state };
}

function mayRetry(step: PlannedStep, attempt: number, error: { class: string; code: string }): boolean {
  const retryable = error.class === 'retryable' || error.class === 'rate_limited' || error.class === 'timeout';
  return retryable && attempt < step.retry.maxAttempts && !step.retry.nonRetryable.includes(error.code);
}
