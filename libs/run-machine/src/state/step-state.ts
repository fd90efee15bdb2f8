import type { FactData, FlowError, JsonValue, StepCost, StepStatus } from '@flows/contracts';

/**
 *   pending ─► scheduled ─► running ─► completed | failed | skipped | cancelled
 *                 ▲  │ retrying ╯
 *                 ╰──┴─ waiting (timer, event, approval, reauth, capacity)
 */
export interface StepState {
  readonly status: StepStatus;
  readonly attempt: number;
  /** Attempts that retry rules do not count: those of earlier lives, and those that did nothing. */
  readonly uncounted: number;
  /** Unix milliseconds of this life's first attempt; null before. */
  readonly firstAttemptAt: number | null;
  /** The attempt that is or was open last, as it was scheduled, with the time of its scheduling. */
  readonly scheduled: (FactData['step.scheduled'] & { at: number }) | null;
  readonly timer: { readonly id: string; readonly dueAt: number } | null;
  /** What the step waits for; not null exactly when its status is `waiting`. */
  readonly wait: OpenWait | null;
  /** What a long attempt said of itself last. */
  readonly progress: JsonValue;
  readonly children: ChildRuns | null;
  readonly output: JsonValue;
  readonly error: FlowError | null;
}

export type OpenWait =
  | { readonly for: 'timer' }
  | {
      readonly for: 'event';
      readonly asked: FactData['step.awaiting_event'];
      /** Number of the fact that opened the wait. */
      readonly sinceSeq: number;
    }
  | { readonly for: 'approval'; readonly asked: FactData['step.awaiting_approval'] }
  | { readonly for: 'reauth' }
  | { readonly for: 'capacity' };

/** The child runs of one foreach or flow step. Typed run ids, as the facts have them. */
export interface ChildRuns {
  readonly kind: 'flow' | 'item';
  readonly items: readonly JsonValue[];
  readonly concurrency: number;
  readonly scopeId: string;
  readonly outerSteps: readonly string[];
  readonly depth: number;
  /** Every item below is spawned, kept or ended. */
  readonly next: number;
  /** Index (0 for a flow) by run id. */
  readonly open: ReadonlyMap<string, number>;
  /** Run ids of all that were ever spawned or kept, by index. */
  readonly runIds: readonly (string | null)[];
  /** Outputs by index; undefined where there is none (yet). */
  readonly outputs: readonly (JsonValue | undefined)[];
  /** Of all outputs together, as JSON. */
  readonly outputBytes: number;
  /** By index: the last end of the child that was heard of, with all that it had cost by then. Kept over the lives of the step. */
  readonly heard: readonly (HeardEnd | undefined)[];
  /** What the items see of outer steps; an item counts as the same only while that is the same. */
  readonly outer: JsonValue;
  readonly ended: number;
  readonly failed: number;
  /** What a flow's child was given. */
  readonly workflow: string | null;
  readonly input: JsonValue;
}

export interface HeardEnd {
  /** The child's seq; -1 when it was not told. */
  readonly seq: number;
  readonly cost: StepCost | null;
}

/** What a step that was reset by a retry leaves to its next life. */
export interface StepLife {
  /** How many lives have ended. */
  readonly ended: number;
  readonly attempt: number;
  /** Every key that there has been, with the input that it stands for. */
  readonly keys: readonly { readonly value: string; readonly inputHash: string }[];
  readonly children: ChildRuns | null;
  /** Given by a person in place of the mapped input. */
  readonly correctedInput: { readonly value: JsonValue } | null;
}

export const NO_STEP: StepState = {
  status: 'pending',
  attempt: 0,
  uncounted: 0,
  firstAttemptAt: null,
  scheduled: null,
  timer: null,
  wait: null,
  progress: null,
  children: null,
  output: null,
  error: null,
};

/** Settled: nothing more will happen in this step. */
export function isSettled(status: StepStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'skipped' || status === 'cancelled';
}

/** At an executor, between two attempts, or with child runs under way. */
export function isInFlight(status: StepStatus | undefined): boolean {
  return status === 'scheduled' || status === 'running' || status === 'retrying';
}

/** An attempt whose report is awaited. */
export function isAtExecutor(step: StepState): boolean {
  return step.status === 'scheduled' || (step.status === 'running' && step.children === null);
}
