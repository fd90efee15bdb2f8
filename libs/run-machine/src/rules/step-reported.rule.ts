import type { StepOutcome, StepReported } from '@flows/contracts';
import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { retryDelayMs } from '../advance/retry-delay.js';
import { completeStep, failStep } from '../advance/settle-step.js';
import { holdOutput } from '../begin/begin-approval.js';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { isTerminal, type RunState } from '../state/run-state.js';
import { isAtExecutor, type StepState } from '../state/step-state.js';

/**
 * Whoever authorises a connection again resumes the runs that wait for it. One whose refusal was still on its way then waits for nobody,
 * so a blocked step looks by itself now and then: a refusal costs no call.
 */
const FIRST_LOOK_MS = 60_000;
const LAST_LOOK_MS = 3_600_000;

type Source = { started_at?: string; executor: string; trace_id?: string };
type Failed = Extract<StepOutcome, { status: 'failed' }>;

/**
 * An executor says how an attempt ended. The attempt number fences: only the report of the open attempt counts, so that a
 * redelivered, late or zombie report changes nothing.
 */
export function stepReported(plan: FlowPlan, state: RunState, input: StepReported): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  const planned = plan.step.get(input.step_id);
  const step = state.steps.get(input.step_id);
  if (planned === undefined || step === undefined || !isAtExecutor(step) || step.attempt !== input.attempt)
    return ignored(!state.begun ? 'not_started' : 'attempt_not_open');
  const draft = new Draft(plan, state, input.at);
  const { outcome } = input;
  const source: Source = {
    ...(input.started_at === undefined ? {} : { started_at: new Date(input.started_at).toISOString() }),
    executor: input.executor,
    ...(input.trace_id === undefined ? {} : { trace_id: input.trace_id }),
  };
  switch (outcome.status) {
    case 'completed': {
      const made = {
        attempt: input.attempt,
        ...(outcome.cost === undefined ? {} : { cost: outcome.cost }),
        ...(outcome.effects === undefined ? {} : { effects: outcome.effects }),
        ...source,
      };
      if (planned.approval !== null && planned.type === 'agent')
        holdOutput(draft, planned, planned.approval, outcome.output, made);
      else
        completeStep(draft, planned, outcome.output, { ...made, ...(planned.approval === null ? {} : { approval: 'approved' }) });
      break;
    }
    case 'failed':
      failed(draft, planned, step, input.attempt, outcome, source);
      break;
    case 'deferred':
      draft.record('step.blocked', input.step_id, {
        attempt: input.attempt,
        reason: 'capacity',
        details: { limit: outcome.reason, ...outcome.details },
        timer_id: `room:${input.step_id}:${input.attempt}`,
        due_at: new Date(Math.max(outcome.until, draft.at)).toISOString(),
        ...source,
      });
  }
  advance(draft, [planned]);
  return draft.decided();
}

function failed(draft: Draft, planned: PlannedStep, step: StepState, attempt: number, outcome: Failed, source: Source): void {
  const { error } = outcome;
  if (error.class === 'auth' && draft.plan.onReauth === 'wait' && (planned.type === 'connector' || planned.type === 'agent'))
    return draft.record('step.blocked', planned.id, {
      attempt,
      reason: 'reauth',
      error,
      timer_id: `reauth:${planned.id}:${attempt}`,
      due_at: draft.in(Math.min(FIRST_LOOK_MS * 2 ** Math.min(step.uncounted, 10), LAST_LOOK_MS)),
      ...source,
    });
  const delayMs = delayBeforeNext(draft, planned, step, outcome);
  if (delayMs === null) return failStep(draft, planned, attempt, error, source);
  draft.record('step.retrying', planned.id, {
    attempt,
    error,
    timer_id: `retry:${planned.id}:${attempt}`,
    due_at: draft.in(delayMs),
    ...source,
  });
}

/** Null when there is to be no further attempt: by the error, or by the number or the time of the attempts so far. */
function delayBeforeNext(
  draft: Draft,
  { id, retry }: PlannedStep,
  step: StepState,
  { error, retry_after_ms }: Failed,
): number | null {
  const retryable = error.class === 'retryable' || error.class === 'rate_limited' || error.class === 'timeout';
  const tries = step.attempt - step.uncounted;
  if (!retryable || tries >= retry.maxAttempts || retry.nonRetryable.includes(error.code)) return null;
  const delayMs = retryDelayMs(retry, draft.state.runId, id, tries, retry_after_ms);
  const elapsedMs = draft.at + delayMs - (step.firstAttemptAt ?? draft.at);
  return retry.maxElapsedMs !== null && elapsedMs > retry.maxElapsedMs ? null : delayMs;
}
