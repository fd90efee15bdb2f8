import type { RunFact } from '@flows/contracts';
import type { RunState } from '../state/run-state.js';

/** Why an input changes nothing. Redelivery makes most of them; none is an error. */
export type IgnoredReason =
  /** The run has ended: nothing moves it any more. */
  | 'run_ended'
  /** The run has begun already. */
  | 'already_started'
  /** The input speaks to a run that has not begun. */
  | 'not_started'
  /** A report of an attempt that is not the open one: late, doubled, or of another life of the step. */
  | 'attempt_not_open'
  /** A timer that is not armed any more. */
  | 'timer_not_armed'
  /** A nudge: the shell commands again what is open. */
  | 'nudged';

export type Decision = { kind: 'decided'; facts: RunFact[]; state: RunState } | { kind: 'ignored'; reason: IgnoredReason };
