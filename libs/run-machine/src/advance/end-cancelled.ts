import type { FlowError } from '@flows/contracts';
import type { Draft } from '../decide/draft.js';
import { openChildren } from '../state/run-state.js';

/** The run ends as cancelled, whatever is open; its child runs are told to stop. */
export function endCancelled(
  draft: Draft,
  { actor, reason, control_id }: { actor: string; reason?: string; control_id?: string },
  { forced }: { forced: boolean },
): void {
  const error: FlowError = {
    code: forced ? 'run_terminated' : 'run_cancelled',
    message: `The run was ${forced ? 'terminated' : 'cancelled'} by ${actor}${reason === undefined ? '' : `: ${reason}`}`,
    class: 'non_retryable',
    origin: 'run-machine',
    details: { actor },
  };
  draft.recordRun('run.cancelled', {
    actor,
    ...(reason === undefined ? {} : { reason }),
    ...(control_id === undefined ? {} : { control_id }),
    forced,
    error,
    // Those that were told to stop gently have to stop now.
    children: [...(forced ? (draft.state.cancelling?.children ?? []) : []), ...openChildren(draft.state)],
  });
}
