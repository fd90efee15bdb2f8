import { waitingFor, type RunState } from '../state/run-state.js';
import { isInFlight, NO_STEP, type StepState } from '../state/step-state.js';

export function stepOf(draft: RunState, stepId: string): StepState {
  return draft.steps.get(stepId) ?? NO_STEP;
}

/** Puts a step in its new state and keeps the run's counts and status in line with it. */
export function setStep(draft: RunState, stepId: string, step: StepState): void {
  const before = draft.steps.get(stepId)?.status;
  draft.inFlight += Number(isInFlight(step.status)) - Number(isInFlight(before));
  draft.parked += Number(step.status === 'waiting') - Number(before === 'waiting');
  draft.steps.set(stepId, step);
  settleStatus(draft);
}

/** `running` or `waiting`, by what is open, for a run that is neither queued, paused nor at its end. */
export function settleStatus(draft: RunState): void {
  if (draft.status !== 'running' && draft.status !== 'waiting') return;
  const before = waitingFor(draft);
  draft.status = draft.parked > 0 && draft.inFlight === 0 ? 'waiting' : 'running';
  const now = waitingFor(draft);
  if (now === null) draft.waitingSince = null;
  else if (now !== before || draft.waitingSince === null) draft.waitingSince = draft.updatedAt;
}

/** Everything that is open in the run ends with this. */
export function cancelOpenSteps(draft: RunState): void {
  for (const [id, step] of draft.steps) {
    if (isInFlight(step.status) || step.status === 'waiting')
      draft.steps.set(id, { ...step, status: 'cancelled', timer: null, wait: null, children: closed(step) });
  }
  draft.inFlight = 0;
  draft.parked = 0;
}

function closed({ children }: StepState): StepState['children'] {
  return children === null ? null : { ...children, open: new Map() };
}
