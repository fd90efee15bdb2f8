import type { FlowError } from '../errors/flow-error.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import type {
  ApprovalDecided,
  ChildOutcome,
  EventReceived,
  ReceivedEvent,
  RunRequested,
  StepCost,
  TimerFired,
} from '../run-inputs/run-input.js';
import type { StepPool, StepWork } from '../step-commands/step-command.js';

/**
 * Facts: what is now true of a run, past tense, numbered from 1, stored for ever and published as run events.
 * A reader folds them; nothing else tells what happened.
 *
 * INVARIANT: `data` is in its public form, ids typed and times RFC 3339 with milliseconds, so that one encoding of it is both
 * the row and the run event. Only a fact's own `at` is Unix milliseconds: it is a column, and `toRunEvent` writes it out.
 */
export const RUN_STATUSES = ['queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'timed_out'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type StepStatus =
  'pending' | 'scheduled' | 'running' | 'waiting' | 'retrying' | 'completed' | 'failed' | 'skipped' | 'cancelled';
export type WaitingFor = 'timer' | 'event' | 'approval' | 'capacity' | 'budget' | 'reauth';

/** Where a settled step's outgoing edges went: indices into the plan's edges that are live; all others of the step are dead. */
type LiveEdges = { live_edges: number[] };
/** Who made the attempt. */
interface AttemptSource {
  started_at?: string;
  executor?: string;
  trace_id?: string;
}
/** The id of the control input that asked for it: one that comes again is known by it. */
interface Controlled {
  actor: string;
  reason?: string;
  control_id?: string;
}
/** Inputs that a paused run keeps for its resumption. */
export type HeldInput = TimerFired | ApprovalDecided | RunRequested;
export type ApprovalDecision = 'approved' | 'rejected';

export interface FactData {
  'run.started': { workflow_id: string; version: number };
  'step.scheduled': {
    attempt: number;
    /** `<step_run_id>:<attempt>`; the id of the attempt's command. */
    attempt_id: string;
    step_run_id: string;
    idempotency_key: string;
    pool: StepPool;
    work: StepWork;
    input: JsonValue;
    timeout_ms: number;
    causation_depth: number;
  };
  /** A long attempt is known to be under way. */
  'step.progressed': { attempt: number; started_at: string; executor: string; progress?: JsonObject };
  'step.waiting': { timer_id: string; due_at: string };
  'step.awaiting_event': {
    event_type: string;
    /** Events from this time on count, also those that came before the wait began. */
    since: string;
    /** The part of `match` that says which events can be meant: the value that they must have at the path of `event`. */
    correlation: { path: string[]; value: JsonValue } | null;
    timer_id?: string;
    due_at?: string;
  };
  'step.awaiting_approval': {
    approval_id: string;
    step_run_id: string;
    /** `step`: an approval step. `input`: nothing was sent yet. `output`: the agent has answered, and nothing followed yet. */
    stage: 'step' | 'input' | 'output';
    /** What is decided on. */
    artefact: JsonValue;
    assignees: string[];
    on_due: 'reject' | 'approve' | 'fail';
    timer_id?: string;
    due_at?: string;
    attempt?: number;
    cost?: StepCost;
    effects?: JsonObject[];
  } & AttemptSource;
  /** Somebody decided, or the due time did (`expired`, with what holds then as `decision`). */
  'step.approval_decided': { approval_id: string; decision: ApprovalDecision; by: string; comment?: string; expired: boolean };
  /** Nothing was done, and the next attempt waits: for a connection to be re-authorised, or for room under its limit (then with a timer). */
  'step.blocked': {
    attempt: number;
    reason: 'reauth' | 'capacity';
    error?: FlowError;
    details?: JsonObject;
    timer_id?: string;
    due_at?: string;
  } & AttemptSource;
  /** A foreach step has its items; none has begun. `items` are in order. */
  'step.iterating': {
    items: JsonValue[];
    concurrency: number;
    /** Where the outer data that the items' expressions see is kept, and which outer steps it holds. */
    scope_id: string;
    outer_steps: string[];
    depth: number;
    /** Items that an earlier life of the step has done, by index: kept, not run again. */
    kept: { index: number; run_id: string; output: JsonValue }[];
  };
  /** Child runs begin: of items by `index`, or the one of a flow step with its `input`. */
  'step.spawned': {
    kind: 'flow' | 'item';
    /** `again`: the child exists from an earlier life of the step, and goes on from where it failed. */
    children: { run_id: string; index?: number; again?: boolean }[];
    depth: number;
    workflow?: string;
    input?: JsonValue;
    /** False: nobody waits for the child, and it outlives this run. */
    awaited: boolean;
  };
  /** `cost`: what the child has cost since its last end. */
  'step.child_ended': { run_id: string; index?: number; outcome: ChildOutcome; cost?: StepCost; child_seq?: number };
  'step.completed': LiveEdges & {
    attempt?: number;
    output: JsonValue;
    cost?: StepCost;
    effects?: JsonObject[];
    /** Of a two-stage step. */
    approval?: ApprovalDecision;
  } & AttemptSource;
  'step.retrying': {
    attempt: number;
    error: FlowError;
    timer_id: string;
    due_at: string;
  } & AttemptSource;
  'step.failed': LiveEdges & {
    attempt: number;
    error: FlowError;
    handling: 'halt' | 'continue' | 'goto';
    /** Child runs that were open, and are told to stop. */
    children?: string[];
  } & AttemptSource;
  'step.skipped': LiveEdges & { reason: 'dead_path' | 'when' };
  /** A paused run keeps what takes effect when it resumes. */
  'run.input_held': { input: HeldInput };
  /** An event that no open wait was for, kept for one to come; or for the time after a pause. */
  'run.event_kept': { event: ReceivedEvent; step_id?: EventReceived['step_id'] };
  /** `children`: the items under way, which pause and resume with their run. */
  'run.paused': Controlled & { children?: string[] };
  'run.resumed': Controlled & { children?: string[] };
  /** No step begins any more but the cleanup; what was open is cancelled. */
  'run.cancelling': Controlled & { cleanup: string; children: string[] };
  'run.cancelled': Controlled & { forced: boolean; error: FlowError; children: string[] };
  /** An ended run goes on: the steps in `reset` begin anew, in the order of the graph, all else is kept. */
  'run.retried': LiveEdges &
    Controlled & {
      from: string[];
      reset: string[];
      /** The corrected input of the first step in `from`. */
      input?: JsonValue;
      expires_at: string;
    };
  'run.completed': { output: JsonValue; via_fallback: boolean };
  /** `children`: child runs that were open, and are told to stop. */
  'run.failed': { error: FlowError & { step_id?: string; attempt?: number }; children?: string[] };
  'run.timed_out': { error: FlowError; children?: string[] };
}
export type FactType = keyof FactData;

/** A fact as `decide` makes it: its number, its kind, and what it says. */
export type RunFact = {
  [T in FactType]: {
    seq: number;
    type: T;
    at: number;
    step_id: T extends `step.${string}` ? string : undefined;
    data: FactData[T];
  };
}[FactType];

export const FACT_TYPES = [
  'run.started',
  'step.scheduled',
  'step.progressed',
  'step.waiting',
  'step.awaiting_event',
  'step.awaiting_approval',
  'step.approval_decided',
  'step.blocked',
  'step.iterating',
  'step.spawned',
  'step.child_ended',
  'step.completed',
  'step.retrying',
  'step.failed',
  'step.skipped',
  'run.input_held',
  'run.event_kept',
  'run.paused',
  'run.resumed',
  'run.cancelling',
  'run.cancelled',
  'run.retried',
  'run.completed',
  'run.failed',
  'run.timed_out',
] as const satisfies FactType[];
