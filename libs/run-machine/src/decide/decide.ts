import type { RunInput } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import type { RunState } from '../state/run-state.js';
import type { Decision } from './decision.js';
import { runRequested } from '../rules/run-requested.rule.js';
import { stepReported } from '../rules/step-reported.rule.js';
import { timerFired } from '../rules/timer-fired.rule.js';

/**
 * What an input makes true of a run. Pure: the same plan, state and input give the same decision; time is the input's.
 * Never throws for what a user, a provider or a redelivery can cause. The state that is passed in is not changed.
 */
export function decide(plan: FlowPlan, state: RunState, input: RunInput): Decision {
  switch (input.type) {
    case 'run.requested':
      return runRequested(plan, state, input);
    case 'step.reported':
      return stepReported(plan, state, input);
    case 'timer.fired':
      return timerFired(plan, state, input);
    case 'run.nudged':
      return { kind: 'ignored', reason: 'nudged' };
  }
}
