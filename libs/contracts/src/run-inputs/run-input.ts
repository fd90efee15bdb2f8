import Type from 'typebox';
import { FlowErrorSchema, type FlowError } from '../errors/flow-error.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';

/**
 * Everything that reaches a run, on one topic (key = run id), so that a run has one writer.
 * Ids are plain UUIDs, times Unix milliseconds. Redelivery is normal: `id` names the input for ever.
 * Readers ignore what they do not know: in a rolling upgrade an older service reads what a newer one writes.
 */
export const TRIGGER_TYPES = [
  'manual',
  'api',
  'mcp',
  'schedule',
  'crm_event',
  'connector_event',
  'webhook',
  'flow',
  'replay',
] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];

/** What started a run, as expressions and the API see it. */
export interface RunTrigger {
  type: TriggerType;
  trigger_id?: string;
  event_id?: string;
  actor?: string;
  /** The CloudEvent, for runs that an event started. */
  event?: JsonObject;
  /** How many flows stand between this run and an outside cause: 0 for an outside cause. */
  causation_depth?: number;
}

/** Up to the end of the year 9999, where RFC 3339 ends: every time of an input can be written into a fact. */
const UnixMs = Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 });
const base = {
  id: Type.String({ minLength: 1 }),
  run_id: Type.String({ format: 'uuid' }),
  workspace_id: Type.String({ format: 'uuid' }),
  at: UnixMs,
};

export const RunRequestedSchema = Type.Object({
  ...base,
  type: Type.Literal('run.requested'),
  workflow_id: Type.String({ format: 'uuid' }),
  version: Type.Integer({ minimum: 1 }),
  payload: Type.Unknown(),
  trigger: Type.Object({
    type: Type.Enum([...TRIGGER_TYPES]),
    trigger_id: Type.Optional(Type.String()),
    event_id: Type.Optional(Type.String()),
    actor: Type.Optional(Type.String()),
    event: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    causation_depth: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  created_at: UnixMs,
  parent: Type.Optional(
    Type.Object({
      run_id: Type.String({ format: 'uuid' }),
      step_id: Type.String(),
      kind: Type.Enum(['flow', 'item']),
      index: Type.Optional(Type.Integer({ minimum: 0 })),
      depth: Type.Integer({ minimum: 1 }),
    }),
  ),
  body: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
  scope_id: Type.Optional(Type.String({ format: 'uuid' })),
});

export const StepCostSchema = Type.Object({
  amount: Type.Number(),
  currency: Type.String(),
  tokens: Type.Integer({ minimum: 0 }),
});

export const StepReportedSchema = Type.Object({
  ...base,
  type: Type.Literal('step.reported'),
  step_id: Type.String(),
  attempt: Type.Integer({ minimum: 1 }),
  outcome: Type.Union([
    Type.Object({
      status: Type.Literal('completed'),
      output: Type.Unknown(),
      cost: Type.Optional(StepCostSchema),
      effects: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
    }),
    Type.Object({
      status: Type.Literal('failed'),
      error: FlowErrorSchema,
      retry_after_ms: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
    Type.Object({
      status: Type.Literal('deferred'),
      until: UnixMs,
      reason: Type.Enum(['rate_limit', 'step_concurrency']),
      details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  ]),
  /** When the executor began to work; absent where it refused to. */
  started_at: Type.Optional(UnixMs),
  executor: Type.String(),
  trace_id: Type.Optional(Type.String()),
});

export const TimerFiredSchema = Type.Object({ ...base, type: Type.Literal('timer.fired'), timer_id: Type.String() });

/** Sent by a sweep when a run shows no sign of life: what it has open is commanded again, nothing changes in it. */
export const RunNudgedSchema = Type.Object({ ...base, type: Type.Literal('run.nudged') });

/** A long attempt is under way: sent some seconds after its start and now and then afterwards, never for short ones. */
export const StepProgressedSchema = Type.Object({
  ...base,
  type: Type.Literal('step.progressed'),
  step_id: Type.String(),
  attempt: Type.Integer({ minimum: 1 }),
  started_at: UnixMs,
  executor: Type.String(),
  progress: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

/** A CloudEvent that may be what a wait of this run is for: a signal (POST `/runs/{id}/signal`), or an event that correlates. */
export const EventReceivedSchema = Type.Object({
  ...base,
  type: Type.Literal('event.received'),
  event: Type.Object({ id: Type.String(), type: Type.String(), source: Type.String(), time: Type.String() }),
  /** Sent for the one wait of this step; absent for a signal, which is kept for a wait to come. */
  step_id: Type.Optional(Type.String()),
});

export const ApprovalDecidedSchema = Type.Object({
  ...base,
  type: Type.Literal('approval.decided'),
  step_id: Type.String(),
  /** The request that is decided on (`step.awaiting_approval`'s approval_id): a decision on an earlier one counts for nothing. */
  approval_id: Type.String(),
  decision: Type.Enum(['approved', 'rejected']),
  by: Type.String(),
  comment: Type.Optional(Type.String({ maxLength: 4096 })),
});

export const ChildEndedSchema = Type.Object({
  ...base,
  type: Type.Literal('child.ended'),
  child_run_id: Type.String({ format: 'uuid' }),
  step_id: Type.String(),
  outcome: Type.Union([
    Type.Object({ status: Type.Literal('completed'), output: Type.Unknown(), via_fallback: Type.Boolean() }),
    Type.Object({ status: Type.Enum(['failed', 'cancelled', 'timed_out']), error: FlowErrorSchema }),
  ]),
  cost: Type.Optional(StepCostSchema),
  child_seq: Type.Optional(Type.Integer({ minimum: 0 })),
});

const control = { ...base, actor: Type.String(), reason: Type.Optional(Type.String({ maxLength: 1000 })) };
export const ControlPauseSchema = Type.Object({ ...control, type: Type.Literal('control.pause') });
export const ControlResumeSchema = Type.Object({
  ...control,
  type: Type.Literal('control.resume'),
  /** Steps that wait for a connection to be re-authorised try again; a pause stays. Absent: a pause ends as well. */
  only: Type.Optional(Type.Literal('reauth')),
});
export const ControlCancelSchema = Type.Object({ ...control, type: Type.Literal('control.cancel') });
export const ControlTerminateSchema = Type.Object({ ...control, type: Type.Literal('control.terminate') });
export const ControlRetrySchema = Type.Object({
  ...control,
  type: Type.Literal('control.retry'),
  from_step: Type.Optional(Type.String()),
  /** Replaces the mapped input of `from_step`. */
  input: Type.Optional(Type.Unknown()),
  /** The run's seq that the retry plan was made for: the retry holds only if it still stands. */
  expected_seq: Type.Optional(Type.Integer({ minimum: 1 })),
});

export const RUN_INPUT_SCHEMAS = {
  'run.requested': RunRequestedSchema,
  'step.reported': StepReportedSchema,
  'step.progressed': StepProgressedSchema,
  'timer.fired': TimerFiredSchema,
  'event.received': EventReceivedSchema,
  'approval.decided': ApprovalDecidedSchema,
  'child.ended': ChildEndedSchema,
  'control.pause': ControlPauseSchema,
  'control.resume': ControlResumeSchema,
  'control.cancel': ControlCancelSchema,
  'control.terminate': ControlTerminateSchema,
  'control.retry': ControlRetrySchema,
  'run.nudged': RunNudgedSchema,
} as const;
/** Every kind of input. */
export const RUN_INPUT_TYPES = Object.keys(RUN_INPUT_SCHEMAS) as (keyof typeof RUN_INPUT_SCHEMAS)[];
export const RunInputSchema = Type.Union(Object.values(RUN_INPUT_SCHEMAS));

interface InputBase {
  id: string;
  run_id: string;
  workspace_id: string;
  at: number;
}
/** Which run waits for this one, or started it. */
export interface RunParent {
  run_id: string;
  step_id: string;
  /** `item`: one item of a foreach step, a run of the step's sub-graph. `flow`: a run of another workflow. */
  kind: 'flow' | 'item';
  /** Of an item: its place in the list, from 0. */
  index?: number;
  /** How many runs stand above: 1 for a child of a run that nothing stands above. */
  depth: number;
}
export interface RunRequested extends InputBase {
  type: 'run.requested';
  workflow_id: string;
  version: number;
  /** Of an item run: the item. Its `payload` in expressions is the outer run's, from the scope. */
  payload: JsonValue;
  trigger: RunTrigger;
  created_at: number;
  parent?: RunParent;
  /** Of an item run: the foreach steps, outermost first, whose sub-graph it runs. */
  body?: string[];
  /** Of an item run: where the outer data that its expressions see is kept (table run_scopes). */
  scope_id?: string;
}
export interface StepCost {
  amount: number;
  currency: string;
  tokens: number;
}
export type StepOutcome =
  | { status: 'completed'; output: JsonValue; cost?: StepCost; effects?: JsonObject[] }
  | { status: 'failed'; error: FlowError; retry_after_ms?: number }
  /** Nothing was done yet: a limit of the connection. The attempt is to be scheduled again at `until`; it counts for nothing. */
  | { status: 'deferred'; until: number; reason: 'rate_limit' | 'step_concurrency'; details?: JsonObject };
export interface StepReported extends InputBase {
  type: 'step.reported';
  step_id: string;
  attempt: number;
  outcome: StepOutcome;
  started_at?: number;
  executor: string;
  trace_id?: string;
}
export interface StepProgressed extends InputBase {
  type: 'step.progressed';
  step_id: string;
  attempt: number;
  started_at: number;
  executor: string;
  progress?: JsonObject;
}
export interface TimerFired extends InputBase {
  type: 'timer.fired';
  timer_id: string;
}
/** A CloudEvent as expressions see it: `event.data` and the attributes. */
export interface ReceivedEvent {
  id: string;
  type: string;
  source: string;
  /** RFC 3339. */
  time: string;
  subject?: string;
  data: JsonValue;
}
export interface EventReceived extends InputBase {
  type: 'event.received';
  event: ReceivedEvent;
  step_id?: string;
}
export interface ApprovalDecided extends InputBase {
  type: 'approval.decided';
  step_id: string;
  approval_id: string;
  decision: 'approved' | 'rejected';
  by: string;
  comment?: string;
}
export type ChildOutcome =
  | { status: 'completed'; output: JsonValue; via_fallback: boolean }
  | { status: 'failed' | 'cancelled' | 'timed_out'; error: FlowError };
export interface ChildEnded extends InputBase {
  type: 'child.ended';
  child_run_id: string;
  step_id: string;
  outcome: ChildOutcome;
  /** Of all the child's lives together. */
  cost?: StepCost;
  /** The child's seq at its end, which tells the ends of its lives apart; absent for a child that could not begin. */
  child_seq?: number;
}
interface Control extends InputBase {
  /** Who: a key's name, or the parent run. */
  actor: string;
  reason?: string;
}
export interface ControlPause extends Control {
  type: 'control.pause';
}
export interface ControlResume extends Control {
  type: 'control.resume';
  /** Steps that wait for a connection to be re-authorised try again; a pause stays. Absent: a pause ends as well. */
  only?: 'reauth';
}
export interface ControlCancel extends Control {
  type: 'control.cancel';
}
export interface ControlTerminate extends Control {
  type: 'control.terminate';
}
export interface ControlRetry extends Control {
  type: 'control.retry';
  from_step?: string;
  input?: JsonValue;
  expected_seq?: number;
}
export type ControlInput = ControlPause | ControlResume | ControlCancel | ControlTerminate | ControlRetry;
export interface RunNudged extends InputBase {
  type: 'run.nudged';
}
export type RunInput =
  | RunRequested
  | StepReported
  | StepProgressed
  | TimerFired
  | EventReceived
  | ApprovalDecided
  | ChildEnded
  | ControlInput
  | RunNudged;
