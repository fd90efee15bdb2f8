import { deriveId, type RunFact, type StepPool, type StepRunCommand } from '@flows/contracts';
import type { RunState } from '../state/run-state.js';

/** Work for somebody else that follows from a fact alone: an executor's, or the timer table's. */
export type Command =
  { type: 'step.run'; pool: StepPool; command: StepRunCommand } | { type: 'timer.arm'; timerId: string; dueAt: number };

type Identity = Pick<RunState, 'runId' | 'workspaceId'>;

/** The commands of a fact. Given again for the same fact, they are the same to the byte: receivers drop what they know. */
export function commandsOf(run: Identity, fact: RunFact): Command[] {
  switch (fact.type) {
    case 'step.scheduled':
      return [stepRun(run, fact.step_id, fact.data, fact.at)];
    case 'step.waiting':
    case 'step.retrying':
      return [{ type: 'timer.arm', timerId: fact.data.timer_id, dueAt: Date.parse(fact.data.due_at) }];
    default:
      return [];
  }
}

/** Everything that is open in a run, commanded again: for a run that shows no sign of life. */
export function openCommands(state: RunState): Command[] {
  const commands: Command[] = [];
  for (const [stepId, step] of state.steps) {
    if (step.status === 'scheduled' && step.scheduled !== null)
      commands.push(stepRun(state, stepId, step.scheduled, step.scheduled.at));
    else if (step.timer !== null) commands.push({ type: 'timer.arm', timerId: step.timer.id, dueAt: step.timer.dueAt });
  }
  return commands;
}

function stepRun(run: Identity, stepId: string, data: Extract<RunFact, { type: 'step.scheduled' }>['data'], at: number): Command {
  return {
    type: 'step.run',
    pool: data.pool,
    command: {
      type: 'step.run',
      id: data.attempt_id,
      run_id: run.runId,
      workspace_id: run.workspaceId,
      step_id: stepId,
      step_run_id: deriveId(run.runId, stepId),
      attempt: data.attempt,
      idempotency_key: data.idempotency_key,
      work: data.work,
      input: data.input,
      timeout_ms: data.timeout_ms,
      scheduled_at: at,
      causation_depth: data.causation_depth,
    },
  };
}
