import type { TimerFired } from '@flows/contracts';
import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { completeStep } from '../advance/settle-step.js';
import { scheduleNext } from '../begin/schedule-attempt.js';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { isTerminal, openChildren, type RunState } from '../state/run-state.js';
import type { StepState } from '../state/step-state.js';
import { settleOverdue } from './approval-decided.rule.js';

/** The timer of a run's own time-out. It has no row: the runs table knows when a run expires. */
export const RUN_TIMEOUT_TIMER = 'run:timeout';

/** A time has come: of a wait, of the next attempt, of an approval, or of the run itself. */
export function timerFired(plan: FlowPlan, state: RunState, input: TimerFired): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  if (input.timer_id === RUN_TIMEOUT_TIMER) return timeOut(plan, state, input);
  const stepId = findArmed(state, input.timer_id);
  if (stepId === null) return ignored(!state.begun ? 'not_started' : 'timer_not_armed');
  const draft = new Draft(plan, state, input.at);
  if (!draft.paused) fireTimer(draft, stepId);
  else if (state.held.some((held) => held.type === 'timer.fired' && held.timer_id === input.timer_id))
    return ignored('already_so');
  else draft.recordRun('run.input_held', { input });
  return draft.decided();
}

export function findArmed(state: RunState, timerId: string): string | null {
  for (const [stepId, step] of state.steps) if (step.timer?.id === timerId) return stepId;
  return null;
}

export function fireTimer(draft: Draft, stepId: string): void {
  const step = draft.state.steps.get(stepId);
  const planned = draft.planned(stepId);
  if (step === undefined || planned === undefined) return;
  if (step.status === 'retrying') scheduleNext(draft, stepId);
  else if (step.status === 'waiting') endWait(draft, planned, step);
  advance(draft, [planned]);
}

function endWait(draft: Draft, planned: PlannedStep, step: StepState): void {
  switch (step.wait?.for) {
    case 'timer':
      return completeStep(draft, planned, {
        due_at: new Date(step.timer?.dueAt ?? draft.at).toISOString(),
        fired_at: new Date(draft.at).toISOString(),
      });
    case 'event':
      return completeStep(draft, planned, { timed_out: true });
    case 'approval':
      return settleOverdue(draft, planned, step.wait.asked);
    case 'capacity':
    case 'reauth':
      return scheduleNext(draft, planned.id);
    case undefined:
      return;
  }
}

function timeOut(plan: FlowPlan, state: RunState, input: TimerFired): Decision {
  const draft = new Draft(plan, state, input.at);
  // The row that fired may not know yet that a retry has put the end off.
  if (state.expiresAt !== null && input.at < state.expiresAt) return ignored('timer_not_armed');
  const children = openChildren(state);
  draft.recordRun('run.timed_out', {
    error: {
      code: 'run_timed_out',
      message: `The run did not end within its time-out of ${plan.timeoutMs} ms`,
      class: 'timeout',
      origin: 'run-machine',
    },
    ...(children.length === 0 ? {} : { children }),
  });
  return draft.decided();
}
