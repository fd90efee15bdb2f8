import type { RunFact } from '@flows/contracts';
import type { RunState } from '../state/run-state.js';

/** Why an input changes nothing. Redelivery makes most of them; none is an error. */
export type IgnoredReason =
  /** The run has ended: nothing but a retry moves it any more. */
  | 'run_ended'
  /** The run has begun already. */
  | 'already_started'
  /** The input speaks to a run that has not begun. */
  | 'not_started'
  /** A report of an attempt that is not the open one: late, doubled, or of another life of the step. */
  | 'attempt_not_open'
  /** Progress that says nothing new. */
  | 'nothing_new'
  /** A timer that is not armed any more. */
  | 'timer_not_armed'
  /** No step waits for this event or this decision. */
  | 'not_waiting'
  /** The event is not what the wait is for. */
  | 'event_not_matched'
  /** The event started the run, ended an earlier wait of it, or is kept already. */
  | 'event_used'
  /** More events are kept for the run than it can ever want. */
  | 'mailbox_full'
  /** A child run that no step waits for. */
  | 'child_not_open'
  /** What the control asks for holds already. */
  | 'already_so'
  /** Only a run that has ended can be retried. */
  | 'not_ended'
  /** The run has moved since the retry was planned. */
  | 'run_moved'
  /** Nothing of the run could begin anew. */
  | 'nothing_to_retry'
  /** A nudge: the shell commands again what is open. */
  | 'nudged';

export type Decision = { kind: 'decided'; facts: RunFact[]; state: RunState } | { kind: 'ignored'; reason: IgnoredReason };

export const ignored = (reason: IgnoredReason): Decision => ({ kind: 'ignored', reason });
