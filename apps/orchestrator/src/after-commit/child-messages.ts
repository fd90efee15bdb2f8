import type { ChildEnded, ChildOutcome, ControlInput, RunInput } from '@flows/contracts';
import { toTypeId } from '@flows/contracts';
import type { Command, RunState } from '@flows/run-machine';

/** What parents and children say to each other, as inputs of theirs. Ids follow from the cause, so that twice is as good as once. */

export function controlOfChild(
  { runId, action, cause }: Extract<Command, { type: 'child.control' }>,
  parent: RunState,
): ControlInput {
  return {
    type: `control.${action}`,
    id: `par:${action}:${runId}:${cause}`,
    run_id: runId,
    workspace_id: parent.workspaceId,
    at: Date.now(),
    actor: toTypeId('run', parent.runId),
  };
}

export function endOfChild(
  { parent, childSeq, outcome, cost }: Extract<Command, { type: 'child.report' }>,
  child: RunState,
): ChildEnded {
  return {
    type: 'child.ended',
    id: `chd:${child.runId}:${childSeq}`,
    run_id: parent.run_id,
    workspace_id: child.workspaceId,
    at: Date.now(),
    child_run_id: child.runId,
    child_seq: childSeq,
    step_id: parent.step_id,
    outcome,
    ...(cost === null ? {} : { cost }),
  };
}

/** A child that could not begin: its parent hears of it as of one that failed. */
export function refusedChild(childRunId: string, stepId: string, parent: RunState, code: string, message: string): RunInput {
  const outcome: ChildOutcome = { status: 'failed', error: { code, message, class: 'non_retryable', origin: 'run-machine' } };
  return {
    type: 'child.ended',
    id: `chd:${childRunId}:refused:${parent.seq}`,
    run_id: parent.runId,
    workspace_id: parent.workspaceId,
    at: Date.now(),
    child_run_id: childRunId,
    step_id: stepId,
    outcome,
  };
}
