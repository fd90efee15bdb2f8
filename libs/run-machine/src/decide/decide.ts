import type { RunInput } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { approvalDecided } from '../rules/approval-decided.rule.js';
import { childEnded } from '../rules/child-ended.rule.js';
import { cancelRun, terminateRun } from '../rules/cancel-run.rule.js';
import { eventReceived } from '../rules/event-received.rule.js';
import { pauseRun } from '../rules/pause-run.rule.js';
import { resumeRun } from '../rules/resume-run.rule.js';
import { retryRun } from '../rules/retry-run.rule.js';
import { runRequested } from '../rules/run-requested.rule.js';
import { stepProgressed } from '../rules/step-progressed.rule.js';
import { stepReported } from '../rules/step-reported.rule.js';
import { timerFired } from '../rules/timer-fired.rule.js';
import type { RunState } from '../state/run-state.js';
import { ignored, type Decision } from './decision.js';

/**
 * What an input makes true of a run. Pure: the same plan, state and input give the same decision; time is the input's.
 * Never throws for what a user, a provider or a redelivery can cause. The state that is passed in is not changed.
 *
 * @param plan of the run's version; of an item's run: the body of its foreach step (`planOfRun`).
 */
export function decide(plan: FlowPlan, state: RunState, input: RunInput): Decision {
  switch (input.type) {
    case 'run.requested':
      return runRequested(plan, state, input);
    case 'step.reported':
      return stepReported(plan, state, input);
    case 'step.progressed':
      return stepProgressed(plan, state, input);
    case 'timer.fired':
      return timerFired(plan, state, input);
    case 'event.received':
      return eventReceived(plan, state, input);
    case 'approval.decided':
      return approvalDecided(plan, state, input);
    case 'child.ended':
      return childEnded(plan, state, input);
    case 'control.pause':
      return pauseRun(plan, state, input);
    case 'control.resume':
      return resumeRun(plan, state, input);
    case 'control.cancel':
      return cancelRun(plan, state, input);
    case 'control.terminate':
      return terminateRun(plan, state, input);
    case 'control.retry':
      return retryRun(plan, state, input);
    case 'run.nudged':
      return ignored('nudged');
  }
}
