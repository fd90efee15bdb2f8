import type { TimerFired } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { completeStep } from '../advance/settle-step.js';
import { Draft } from '../decide/draft.js';
import type { Decision } from '../decide/decision.js';
import { isTerminal, type RunState } from '../state/run-state.js';

/** The timer of a run's own time-out. It has no row: the runs table knows when a run expires. */
export const RUN_TIMEOUT_TIMER = 'run:timeout';

/** A time has come: of a wait, of the next attempt, or of the run itself. */
export function timerFired(plan: FlowPlan, state: RunState, input: TimerFired): Decision {
  if (isTerminal(state.status)) return { kind: 'ignored', reason: 'run_ended' };
  if (input.timer_id === RUN_TIMEOUT_TIMER) return timeOut(plan, state, input);
  for (const [stepId, step] of state.steps) {
    if (step.timer?.id !== input.timer_id) continue;
    const planned = plan.step.get(stepId);
    if (planned === undefined) break;
    const draft = new Draft(plan, state, input.at);
    if (step.status === 'waiting') {
      completeStep(
        draft,
        planned,
        { due_at: new Date(step.timer.dueAt).toISOString(), fired_at: new Date(draft.at).toISOString() },
        {},
      );
    } else if (step.status === 'retrying' && step.scheduled !== null) {
      const { at: _at, ...scheduled } = step.scheduled;
      const attempt = step.attempt + 1;
      draft.record('step.scheduled', stepId, { ...scheduled, attempt, attempt_id: `${scheduled.step_run_id}:${attempt}` });
    } else break;
    advance(draft, [planned]);
    return { kind: 'decided', facts: draft.facts, state: draft.state };
  }
  return { kind: 'ignored', reason: state.status === 'queued' ? 'not_started' : 'timer_not_armed' };
}

function timeOut(plan: FlowPlan, state: RunState, input: TimerFired): Decision {
  const draft = new Draft(plan, state, input.at);
  draft.recordRun('run.timed_out', {
    error: {
      code: 'run_timed_out',
      message: `The run did not end within its time-out of ${plan.timeoutMs} ms`,
      class: 'timeout',
      origin: 'run-machine',
    },
  });
  return { kind: 'decided', facts: draft.facts, state: draft.state };
}
