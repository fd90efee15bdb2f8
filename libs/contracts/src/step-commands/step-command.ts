import Type from 'typebox';
import type { JsonValue } from '../json/json-value.js';

/**
 * Work for an executor: one attempt of one step run. Topic `flows.step-commands.<pool>.v1`, key = run id.
 * Readers ignore what they do not know: in a rolling upgrade an older executor reads what a newer orchestrator writes.
 */
export const STEP_POOLS = ['agent', 'connector'] as const;
export type StepPool = (typeof STEP_POOLS)[number];

/** What to do; `input` of the command says with what. An http step's input is `{ url, headers, body }`. */
export const StepWorkSchema = Type.Union([
  Type.Object({ kind: Type.Literal('agent'), agent: Type.String() }),
  Type.Object({ kind: Type.Literal('connector'), connection: Type.String(), action: Type.String() }),
  Type.Object({
    kind: Type.Literal('http'),
    method: Type.String(),
    expect: Type.Array(Type.Union([Type.Integer(), Type.String()])),
    follow_redirects: Type.Boolean(),
    idempotency_header: Type.Union([Type.String(), Type.Null()]),
  }),
  Type.Object({ kind: Type.Literal('code'), source: Type.String() }),
]);
export type StepWork =
  | { kind: 'agent'; agent: string }
  | { kind: 'connector'; connection: string; action: string }
  | { kind: 'http'; method: string; expect: (number | string)[]; follow_redirects: boolean; idempotency_header: string | null }
  | { kind: 'code'; source: string };

export const StepRunCommandSchema = Type.Object({
  type: Type.Literal('step.run'),
  /** The attempt id of the fact `step.scheduled`: the same for every delivery of the same attempt. Opaque to who reads it. */
  id: Type.String({ minLength: 1 }),
  run_id: Type.String({ format: 'uuid' }),
  workspace_id: Type.String({ format: 'uuid' }),
  step_id: Type.String(),
  step_run_id: Type.String({ format: 'uuid' }),
  attempt: Type.Integer({ minimum: 1 }),
  /** Constant over attempts and redeliveries; goes to the provider. */
  idempotency_key: Type.String({ minLength: 1 }),
  work: StepWorkSchema,
  input: Type.Unknown(),
  timeout_ms: Type.Integer({ minimum: 1 }),
  scheduled_at: Type.Integer({ minimum: 0 }),
  causation_depth: Type.Integer({ minimum: 0 }),
});
export interface StepRunCommand {
  type: 'step.run';
  id: string;
  run_id: string;
  workspace_id: string;
  step_id: string;
  step_run_id: string;
  attempt: number;
  idempotency_key: string;
  work: StepWork;
  input: JsonValue;
  timeout_ms: number;
  scheduled_at: number;
  causation_depth: number;
}
export const StepCommandSchema = StepRunCommandSchema;
export type StepCommand = StepRunCommand;
