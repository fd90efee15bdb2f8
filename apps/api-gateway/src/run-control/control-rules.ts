import type { RunStatus, WaitingFor } from '@flows/contracts';
import { isTerminal } from '@flows/run-machine';

export const CONTROL_ACTIONS = ['pause', 'resume', 'cancel', 'terminate'] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** What a row says of its run: enough to answer what is impossible or needless. Whether a control takes effect is the run machine's. */
export interface ControlledRun {
  status: RunStatus;
  waiting_for: WaitingFor | null;
  /** Its cleanup is under way. Absent: not that the row knows. */
  cancelling?: boolean;
}

export type ControlVerdict =
  /** What the action asks for is the case. */
  | 'holds'
  /** It is the case as far as the row can tell; a single step may still be blocked, so the run is told all the same. */
  | 'holds_but_tell'
  /** The run is told, and its state follows. */
  | 'tell'
  | 'impossible';

export function judgeControl(action: ControlAction, run: ControlledRun): ControlVerdict {
  switch (action) {
    case 'pause':
      if (run.status === 'paused') return 'holds';
      return isTerminal(run.status) || run.cancelling === true ? 'impossible' : 'tell';
    case 'resume':
      if (isTerminal(run.status)) return 'impossible';
      if (run.status === 'paused' || run.waiting_for === 'reauth') return 'tell';
      return run.status === 'queued' ? 'holds' : 'holds_but_tell';
    case 'cancel':
    case 'terminate':
      if (run.status === 'cancelled') return 'holds';
      return isTerminal(run.status) ? 'impossible' : 'tell';
  }
}

const WHY_NOT: Record<ControlAction, string> = {
  pause: 'what has ended cannot be paused',
  resume:
    'only a paused run, or one that waits for a connection to be re-authorised, can be resumed; a failed run can be retried',
  cancel: 'what has ended cannot be cancelled',
  terminate: 'what has ended cannot be terminated',
};

/** Why an action is impossible. */
export function whyNot(action: ControlAction, { cancelling }: ControlledRun): string {
  if (action === 'pause' && cancelling === true)
    return 'it is being cancelled, and its cleanup cannot be paused; terminate ends it at once';
  return WHY_NOT[action];
}

/** Whether a run that was told has done what the action asks for. */
export function hasFollowed(action: ControlAction, run: ControlledRun): boolean {
  switch (action) {
    case 'pause':
      return run.status === 'paused';
    case 'resume':
      // A run may end by itself the moment it goes on; then it was resumed, too.
      if (run.status === 'completed' || run.status === 'failed') return true;
      return !isTerminal(run.status) && run.status !== 'paused' && run.waiting_for !== 'reauth';
    case 'cancel':
    case 'terminate':
      return run.status === 'cancelled';
  }
}
