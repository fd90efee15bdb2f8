import type { ApprovalDecided, FactData } from '@flows/contracts';
import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { completeStep, failStep, machineError, rejectStep } from '../advance/settle-step.js';
import { scheduleFirst } from '../begin/schedule-attempt.js';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { isTerminal, type RunState } from '../state/run-state.js';

type Asked = FactData['step.awaiting_approval'];
type Decided = Pick<FactData['step.approval_decided'], 'decision' | 'by' | 'comment' | 'expired'>;

/** Who decides when nobody did. */
const BY_DUE_TIME = 'due';

/** A person has decided. The first decision counts; a decision on what was asked earlier counts for nothing. */
export function approvalDecided(plan: FlowPlan, state: RunState, input: ApprovalDecided): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  if (askedOf(state, input) === null) return ignored('not_waiting');
  const draft = new Draft(plan, state, input.at);
  if (!draft.paused) applyDecision(draft, input);
  else if (state.held.some((held) => held.type === 'approval.decided' && held.approval_id === input.approval_id))
    return ignored('already_so');
  else draft.recordRun('run.input_held', { input });
  return draft.decided();
}

/** For a decision that was held as well: by then the due time may have decided. */
export function applyDecision(draft: Draft, { step_id, approval_id, decision, by, comment }: ApprovalDecided): void {
  const asked = askedOf(draft.state, { step_id, approval_id });
  const planned = draft.planned(step_id);
  if (asked === null || planned === undefined) return;
  settle(draft, planned, asked, { decision, by, expired: false, ...(comment === undefined ? {} : { comment }) });
  advance(draft, [planned]);
}

/** The due time has come and nobody has decided: what the definition says then. */
export function settleOverdue(draft: Draft, step: PlannedStep, asked: Asked): void {
  if (asked.on_due !== 'fail')
    return settle(draft, step, asked, {
      decision: asked.on_due === 'approve' ? 'approved' : 'rejected',
      by: BY_DUE_TIME,
      expired: true,
    });
  draft.record('step.approval_decided', step.id, {
    approval_id: asked.approval_id,
    decision: 'rejected',
    by: BY_DUE_TIME,
    expired: true,
  });
  const error = machineError('approval_overdue', `Nobody decided until ${asked.due_at ?? 'the due time'}`, {
    approval_id: asked.approval_id,
  });
  failStep(draft, step, asked.attempt ?? 0, error);
}

function settle(draft: Draft, step: PlannedStep, asked: Asked, decided: Decided): void {
  draft.record('step.approval_decided', step.id, { approval_id: asked.approval_id, ...decided });
  if (asked.stage === 'step') {
    const { decision, by, comment = null } = decided;
    return completeStep(draft, step, { decision, by, at: new Date(draft.at).toISOString(), comment });
  }
  const {
    approval_id: _a,
    step_run_id: _s,
    stage: _t,
    artefact,
    assignees: _p,
    on_due: _o,
    timer_id: _i,
    due_at: _d,
    ...made
  } = asked;
  if (decided.decision === 'rejected') return rejectStep(draft, step, made);
  if (asked.stage === 'input') return scheduleFirst(draft, step, artefact);
  completeStep(draft, step, artefact, { ...made, approval: 'approved' });
}

function askedOf(state: RunState, { step_id, approval_id }: Pick<ApprovalDecided, 'step_id' | 'approval_id'>): Asked | null {
  const wait = state.steps.get(step_id)?.wait;
  return wait?.for === 'approval' && wait.asked.approval_id === approval_id ? wait.asked : null;
}
