import type { RunFact } from '@flows/contracts';

/**
 * A fact as the trace of steps needs it. A loop of thousands of items has as many facts about its children, with all their outputs: those
 * are not read, since the rows of the child runs say how far they are; and of its items only the number is.
 */
export type TraceFact =
  | Exclude<RunFact, { type: 'step.iterating' | 'step.child_ended' }>
  | { seq: number; at: number; type: 'step.iterating'; step_id: string; data: { total: number } };
export type StepTraceFact = Extract<TraceFact, { step_id: string }>;

/** How the items of one foreach step stand. */
export interface ItemTally {
  done: number;
  failed: number;
}
