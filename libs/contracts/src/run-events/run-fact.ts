import type { FlowError } from '../errors/flow-error.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import type { StepCost } from '../run-inputs/run-input.js';
import type { StepPool, StepWork } from '../step-commands/step-command.js';

/**
 * Facts: what is now true of a run, past tense, numbered from 1, stored for ever and published as run events.
 * A reader folds them; nothing else tells what happened.
 *
 * INVARIANT: `data` is in its public form, ids typed and times RFC 3339 with milliseconds, so that one encoding of it is both
 * the row and the run event. Only a fact's own `at` is Unix milliseconds: it is a column, and `toRunEvent` writes it out.
 */
export type RunStatus = 'queued' | 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled' | 'timed_out';
export const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled', 'timed_out'] as const satisfies RunStatus[];
export type StepStatus =
  'pending' | 'scheduled' | 'running' | 'waiting' | 'retrying' | 'completed' | 'failed' | 'skipped' | 'cancelled';
export type WaitingFor = 'timer' | 'event' | 'approval' | 'capacity' | 'budget' | 'reauth';

/** Where a settled step's outgoing edges went: indices into the plan's edges that are live; all others of the step are dead. */
type LiveEdges = { live_edges: number[] };

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
  'step.waiting': { timer_id: string; due_at: string };
  'step.completed': LiveEdges & {
    attempt?: number;
    output: JsonValue;
    cost?: StepCost;
    effects?: JsonObject[];
    started_at?: string;
    executor?: string;
    trace_id?: string;
  };
  'step.retrying': {
    attempt: number;
    error: FlowError;
    timer_id: string;
    due_at: string;
    started_at?: string;
    executor?: string;
    trace_id?: string;
  };
  'step.failed': LiveEdges & {
    attempt: number;
    error: FlowError;
    handling: 'halt' | 'continue' | 'goto';
    started_at?: string;
    executor?: string;
    trace_id?: string;
  };
  'step.skipped': LiveEdges & { reason: 'dead_path' | 'when' };
  'run.completed': { output: JsonValue; via_fallback: boolean };
  'run.failed': { error: FlowError & { step_id?: string; attempt?: number } };
  'run.timed_out': { error: FlowError };
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
  'step.waiting',
  'step.completed',
  'step.retrying',
  'step.failed',
  'step.skipped',
  'run.completed',
  'run.failed',
  'run.timed_out',
] as const satisfies FactType[];
