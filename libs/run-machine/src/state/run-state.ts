import type { FactData, FlowError, JsonValue, RunStatus, RunTrigger, StepCost, StepStatus, WaitingFor } from '@flows/contracts';

/**
 * A run as its facts make it. Readers never write it: `evolve` returns a new one, `decide` works on a copy of its own.
 *
 *   queued ──run.started──► running ⇄ waiting ──► completed | failed | timed_out | cancelled
 */
export interface RunState {
  readonly runId: string;
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly version: number;
  readonly payload: JsonValue;
  readonly trigger: RunTrigger;
  readonly createdAt: number;
  /** Number of the last fact; 0 before the first. */
  seq: number;
  status: RunStatus;
  /** Time of the last fact: facts never go back in time, whatever clocks say. */
  updatedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** Steps that have begun or been skipped, by step id, in the order of their beginning. */
  steps: Map<string, StepState>;
  /** Edges that were taken (indices of the plan). An edge of a settled step that is not here is dead. */
  liveEdges: Set<number>;
  /** Steps at work at an executor or between two attempts. */
  inFlight: number;
  /** Steps that wait for something outside. */
  parked: number;
  output: JsonValue;
  error: (FlowError & { step_id?: string; attempt?: number }) | null;
  viaFallback: boolean;
  cost: StepCost | null;
}

export interface StepState {
  readonly status: StepStatus;
  readonly attempt: number;
  /** The attempt that is or was open last, as it was scheduled, with the time of its scheduling. */
  readonly scheduled: (FactData['step.scheduled'] & { at: number }) | null;
  readonly timer: { readonly id: string; readonly dueAt: number } | null;
  readonly output: JsonValue;
  readonly error: FlowError | null;
}

/** What the queued row knows: enough to begin. */
export interface RunIdentity {
  runId: string;
  workspaceId: string;
  workflowId: string;
  version: number;
  payload: JsonValue;
  trigger: RunTrigger;
  createdAt: number;
}

export function initialState(identity: RunIdentity): RunState {
  return {
    ...identity,
    seq: 0,
    status: 'queued',
    updatedAt: identity.createdAt,
    startedAt: null,
    endedAt: null,
    steps: new Map(),
    liveEdges: new Set(),
    inFlight: 0,
    parked: 0,
    output: null,
    error: null,
    viaFallback: false,
    cost: null,
  };
}

/** A copy whose containers may be written; what they contain is never written in place. */
export function copyState(state: RunState): RunState {
  return { ...state, steps: new Map(state.steps), liveEdges: new Set(state.liveEdges) };
}

export function isTerminal(status: RunStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'timed_out';
}

/** Settled: nothing more will happen in this step. */
export function isSettled(status: StepStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'skipped' || status === 'cancelled';
}

/** What the run waits for when nothing of it is at work, else null. */
export function waitingFor(state: RunState): WaitingFor | null {
  return state.status === 'waiting' ? 'timer' : null;
}

/** Steps that are settled, for progress. */
export function settledSteps(state: RunState): number {
  let settled = 0;
  for (const step of state.steps.values()) if (isSettled(step.status)) settled += 1;
  return settled;
}
