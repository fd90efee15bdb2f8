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
  ]),
  started_at: UnixMs,
  executor: Type.String(),
  trace_id: Type.Optional(Type.String()),
});

export const TimerFiredSchema = Type.Object({ ...base, type: Type.Literal('timer.fired'), timer_id: Type.String() });

/** Sent by a sweep when a run shows no sign of life: what it has open is commanded again, nothing changes in it. */
export const RunNudgedSchema = Type.Object({ ...base, type: Type.Literal('run.nudged') });

export const RunInputSchema = Type.Union([RunRequestedSchema, StepReportedSchema, TimerFiredSchema, RunNudgedSchema]);

interface InputBase {
  id: string;
  run_id: string;
  workspace_id: string;
  at: number;
}
export interface RunRequested extends InputBase {
  type: 'run.requested';
  workflow_id: string;
  version: number;
  payload: JsonValue;
  trigger: RunTrigger;
  created_at: number;
}
export interface StepCost {
  amount: number;
  currency: string;
  tokens: number;
}
export type StepOutcome =
  | { status: 'completed'; output: JsonValue; cost?: StepCost; effects?: JsonObject[] }
  | { status: 'failed'; error: FlowError; retry_after_ms?: number };
export interface StepReported extends InputBase {
  type: 'step.reported';
  step_id: string;
  attempt: number;
  outcome: StepOutcome;
  started_at: number;
  executor: string;
  trace_id?: string;
}
export interface TimerFired extends InputBase {
  type: 'timer.fired';
  timer_id: string;
}
export interface RunNudged extends InputBase {
  type: 'run.nudged';
}
export type RunInput = RunRequested | StepReported | TimerFired | RunNudged;
