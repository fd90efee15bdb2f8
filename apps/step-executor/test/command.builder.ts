import { canonicalJson, deriveId, type StepRunCommand, type StepWork, type JsonValue } from '@flows/contracts';
import { v7 } from 'uuid';

export interface CommandOptions {
  workspaceId: string;
  work: StepWork;
  input?: JsonValue;
  attempt?: number;
  timeoutMs?: number;
  /** Default: a new run. */
  runId?: string;
  stepId?: string;
}

/** A command as the orchestrator makes it: ids derived, the key constant over attempts. */
export function commandOf({
  workspaceId,
  work,
  input = null,
  attempt = 1,
  timeoutMs = 30_000,
  runId = v7(),
  stepId = 'step',
}: CommandOptions): StepRunCommand {
  const stepRunId = deriveId(runId, stepId);
  return {
    type: 'step.run',
    id: `${stepRunId}:${attempt}`,
    run_id: runId,
    workspace_id: workspaceId,
    step_id: stepId,
    step_run_id: stepRunId,
    attempt,
    idempotency_key: `${stepRunId}:${canonicalJson(input).length}`,
    work,
    input,
    timeout_ms: timeoutMs,
    scheduled_at: Date.now(),
    causation_depth: 0,
  };
}

/** The next attempt of the same step run. */
export function nextAttempt(command: StepRunCommand): StepRunCommand {
  return { ...command, attempt: command.attempt + 1, id: `${command.step_run_id}:${command.attempt + 1}` };
}
