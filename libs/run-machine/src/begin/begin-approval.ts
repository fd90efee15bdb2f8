import { toTypeId, deriveId, type FactData, type JsonValue } from '@flows/contracts';
import type { PlannedApproval, PlannedStep } from '@flows/flow-graph';
import { expressionError, failStep } from '../advance/settle-step.js';
import type { Draft } from '../decide/draft.js';
import { mappedInput } from './mapped-input.js';
import { stepRunIdOf } from './schedule-attempt.js';
import { timerIdOf } from './timer-ids.js';

type Asked = FactData['step.awaiting_approval'];

/** An approval step asks a person. */
export function beginApproval(draft: Draft, step: PlannedStep): void {
  const artefact = mappedInput(draft, step);
  if (!artefact.ok) return failStep(draft, step, 0, expressionError('What is to be approved cannot be mapped', artefact));
  ask(draft, step, step.approval ?? NOBODY, { stage: 'step', artefact: artefact.value });
}

/** Stage one of an irreversible action: what would be sent is shown, and nothing is sent. */
export function holdInput(draft: Draft, step: PlannedStep, approval: PlannedApproval, input: JsonValue): void {
  ask(draft, step, approval, { stage: 'input', artefact: input });
}

/** Stage one of an agent: its answer is shown, and nothing follows from it. */
export function holdOutput(
  draft: Draft,
  step: PlannedStep,
  approval: PlannedApproval,
  output: JsonValue,
  made: Pick<Asked, 'attempt' | 'cost' | 'effects' | 'started_at' | 'executor' | 'trace_id'>,
): void {
  ask(draft, step, approval, { stage: 'output', artefact: output, ...made });
}

const NOBODY: PlannedApproval = { assignees: [], dueMs: null, onDue: 'reject' };

function ask(
  draft: Draft,
  step: PlannedStep,
  { assignees, dueMs, onDue }: PlannedApproval,
  held: Omit<Asked, 'approval_id' | 'step_run_id' | 'assignees' | 'on_due' | 'timer_id' | 'due_at'>,
): void {
  draft.record('step.awaiting_approval', step.id, {
    // One per asking: a decision on what an earlier life of the step had shown decides nothing now.
    approval_id: toTypeId('apr', deriveId(draft.state.runId, `${step.id}/approval/${draft.state.seq + 1}`)),
    step_run_id: stepRunIdOf(draft, step.id),
    assignees: [...assignees],
    on_due: onDue,
    ...held,
    ...(dueMs === null ? {} : { timer_id: timerIdOf(draft, 'due', step.id), due_at: draft.in(dueMs) }),
  });
}
