/** Deliberate bugs of the simulated shell. Each must be caught: a check that catches none of them checks nothing. */
export const MUTANTS = [
  /** Offsets are committed before the batch is folded. */
  'offsets_before_commit',
  /** Commands go out before the facts that they follow from are there. */
  'publish_before_commit',
  /** Facts are written whatever somebody else has written since. */
  'no_fencing',
  /** An input that comes again is ignored, and with it what it had caused. */
  'no_republish',
  /** An ignored input is not looked at again with a fresh state. */
  'trusts_the_cache',
  /** Nobody looks after silent runs. */
  'no_sweep',
  /** Providers get the attempt's id as the key. */
  'key_per_attempt',
  /** A wait does not look for events that came before it. */
  'no_look_back',
  /** The listener looks for waits before it keeps the event. */
  'looks_before_it_keeps',
  /** A timer's row goes when it is claimed. */
  'timers_gone_when_claimed',
  /** Child runs get an id of chance, so that a second spawn is a second run. */
  'chance_child_ids',
  /** The end of a child does not say of which of its lives. */
  'no_child_seq',
  /** Executors do not ask whether the run has been cancelled. */
  'deaf_to_cancel',
  /** Waits and timers are written anew for inputs that changed nothing. */
  'waits_without_facts',
  /** What several redelivered inputs of a batch have caused goes out once for each. */
  'tells_twice',
  /** Kept timers of steps that have ended are not removed. */
  'timers_stay',
] as const;
export type Mutant = (typeof MUTANTS)[number];
