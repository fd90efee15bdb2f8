import Type, { type TObject, type TProperties, type TString } from 'typebox';
import { FlowErrorSchema } from '../errors/flow-error.js';
import type { IdPrefix } from '../ids/type-id.js';
import { StepCostSchema } from '../run-inputs/run-input.js';
import { STEP_POOLS, StepWorkSchema } from '../step-commands/step-command.js';
import { RunEventSchema } from './run-event.js';
import type { FactType } from './run-fact.js';

/**
 * What each fact says, for the readers of run events: documentation and tests. Not on the hot path: facts are ours, and typed.
 * Objects are open: within v1 a fact may come to say more, and a reader ignores what it does not know.
 */
const Count = Type.Integer({ minimum: 0 });
const Time = Type.String({ format: 'date-time' });
const typedId = (prefix: IdPrefix, more = ''): TString =>
  Type.String({ pattern: `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}${more}$` });
const Json = Type.Unknown({ description: 'Any JSON' });
const edges = {
  live_edges: Type.Array(Count, { description: 'Outgoing edges that are live, as indices into the edges of the version' }),
};
/** Who made the attempt; absent where the orchestrator settled the step itself. */
const source = {
  started_at: Type.Optional(Time),
  executor: Type.Optional(Type.String()),
  trace_id: Type.Optional(Type.String()),
};

export const FactDataSchemas = {
  'run.started': Type.Object({ workflow_id: typedId('wf'), version: Type.Integer({ minimum: 1 }) }),
  'step.scheduled': Type.Object({
    attempt: Type.Integer({ minimum: 1 }),
    attempt_id: typedId('srun', ':[1-9][0-9]*'),
    step_run_id: typedId('srun'),
    idempotency_key: Type.String({ minLength: 1, description: 'Constant over attempts; what the provider gets' }),
    pool: Type.Enum([...STEP_POOLS]),
    work: StepWorkSchema,
    input: Json,
    timeout_ms: Type.Integer({ minimum: 1 }),
    causation_depth: Count,
  }),
  'step.waiting': Type.Object({ timer_id: Type.String(), due_at: Time }),
  'step.completed': Type.Object({
    ...edges,
    attempt: Type.Optional(Count),
    output: Json,
    cost: Type.Optional(StepCostSchema),
    effects: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
    ...source,
  }),
  'step.retrying': Type.Object({
    attempt: Type.Integer({ minimum: 1 }),
    error: FlowErrorSchema,
    timer_id: Type.String(),
    due_at: Time,
    ...source,
  }),
  'step.failed': Type.Object({
    ...edges,
    attempt: Type.Integer({ minimum: 0, description: '0: no attempt could be made' }),
    error: FlowErrorSchema,
    handling: Type.Enum(['halt', 'continue', 'goto']),
    ...source,
  }),
  'step.skipped': Type.Object({ ...edges, reason: Type.Enum(['dead_path', 'when']) }),
  'run.completed': Type.Object({ output: Json, via_fallback: Type.Boolean() }),
  'run.failed': Type.Object({
    error: Type.Object({ ...FlowErrorSchema.properties, step_id: Type.Optional(Type.String()), attempt: Type.Optional(Count) }),
  }),
  'run.timed_out': Type.Object({ error: FlowErrorSchema }),
} as const satisfies Record<FactType, TObject>;

/** One schema per fact type: the run event with its data; facts about a step name it. */
export const RunEventSchemas = Object.fromEntries(
  Object.entries(FactDataSchemas).map(([type, data]) => [type, describeEvent(type, data)]),
) as unknown as Record<FactType, TObject>;

function describeEvent(type: string, data: TObject): TObject {
  const { seq, at, run_id } = RunEventSchema.properties;
  const members: TProperties = { seq, type: Type.Literal(type), at, run_id, data };
  return Type.Object(type.startsWith('step.') ? { ...members, step_id: Type.String() } : members);
}
