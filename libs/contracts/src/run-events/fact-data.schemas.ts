import Type, { type TObject, type TProperties, type TString } from 'typebox';
import { FlowErrorSchema } from '../errors/flow-error.js';
import type { IdPrefix } from '../ids/type-id.js';
import { ChildEndedSchema, EventReceivedSchema, StepCostSchema } from '../run-inputs/run-input.js';
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
const timer = { timer_id: Type.Optional(Type.String()), due_at: Type.Optional(Time) };
const actor = {
  actor: Type.String(),
  reason: Type.Optional(Type.String()),
  control_id: Type.Optional(Type.String({ description: 'The control input that asked for it' })),
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
  'step.progressed': Type.Object({
    attempt: Type.Integer({ minimum: 1 }),
    started_at: Time,
    executor: Type.String(),
    progress: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  }),
  'step.waiting': Type.Object({ timer_id: Type.String(), due_at: Time }),
  'step.awaiting_event': Type.Object({
    event_type: Type.String(),
    since: Time,
    correlation: Type.Union([Type.Object({ path: Type.Array(Type.String()), value: Json }), Type.Null()]),
    ...timer,
  }),
  'step.awaiting_approval': Type.Object({
    approval_id: Type.String(),
    step_run_id: typedId('srun'),
    stage: Type.Enum(['step', 'input', 'output']),
    artefact: Json,
    assignees: Type.Array(Type.String()),
    on_due: Type.Enum(['reject', 'approve', 'fail']),
    ...timer,
    attempt: Type.Optional(Type.Integer({ minimum: 1 })),
    cost: Type.Optional(StepCostSchema),
    effects: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
    ...source,
  }),
  'step.approval_decided': Type.Object({
    approval_id: Type.String(),
    decision: Type.Enum(['approved', 'rejected']),
    by: Type.String(),
    comment: Type.Optional(Type.String()),
    expired: Type.Boolean(),
  }),
  'step.blocked': Type.Object({
    attempt: Type.Integer({ minimum: 1 }),
    reason: Type.Enum(['reauth', 'capacity']),
    error: Type.Optional(FlowErrorSchema),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    ...timer,
    ...source,
  }),
  'step.iterating': Type.Object({
    items: Type.Array(Json),
    concurrency: Type.Integer({ minimum: 1 }),
    scope_id: Type.String({ format: 'uuid' }),
    outer_steps: Type.Array(Type.String()),
    depth: Type.Integer({ minimum: 1 }),
    kept: Type.Array(Type.Object({ index: Count, run_id: typedId('run'), output: Json })),
  }),
  'step.spawned': Type.Object({
    kind: Type.Enum(['flow', 'item']),
    children: Type.Array(
      Type.Object({ run_id: typedId('run'), index: Type.Optional(Count), again: Type.Optional(Type.Boolean()) }),
    ),
    depth: Type.Integer({ minimum: 1 }),
    workflow: Type.Optional(Type.String()),
    input: Type.Optional(Json),
    awaited: Type.Boolean(),
  }),
  'step.child_ended': Type.Object({
    run_id: typedId('run'),
    index: Type.Optional(Count),
    outcome: ChildEndedSchema.properties.outcome,
    cost: Type.Optional(StepCostSchema),
    child_seq: Type.Optional(Count),
  }),
  'step.completed': Type.Object({
    ...edges,
    attempt: Type.Optional(Count),
    output: Json,
    cost: Type.Optional(StepCostSchema),
    effects: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
    approval: Type.Optional(Type.Enum(['approved', 'rejected'])),
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
    children: Type.Optional(Type.Array(typedId('run'))),
    ...source,
  }),
  'step.skipped': Type.Object({ ...edges, reason: Type.Enum(['dead_path', 'when']) }),
  'run.input_held': Type.Object({ input: Type.Record(Type.String(), Type.Unknown()) }),
  'run.event_kept': Type.Object({ event: EventReceivedSchema.properties.event, step_id: Type.Optional(Type.String()) }),
  'run.paused': Type.Object({ ...actor, children: Type.Optional(Type.Array(typedId('run'))) }),
  'run.resumed': Type.Object({ ...actor, children: Type.Optional(Type.Array(typedId('run'))) }),
  'run.cancelling': Type.Object({ ...actor, cleanup: Type.String(), children: Type.Array(typedId('run')) }),
  'run.cancelled': Type.Object({
    ...actor,
    forced: Type.Boolean(),
    error: FlowErrorSchema,
    children: Type.Array(typedId('run')),
  }),
  'run.retried': Type.Object({
    ...edges,
    ...actor,
    from: Type.Array(Type.String()),
    reset: Type.Array(Type.String()),
    input: Type.Optional(Json),
    expires_at: Time,
  }),
  'run.completed': Type.Object({ output: Json, via_fallback: Type.Boolean() }),
  'run.failed': Type.Object({
    error: Type.Object({ ...FlowErrorSchema.properties, step_id: Type.Optional(Type.String()), attempt: Type.Optional(Count) }),
    children: Type.Optional(Type.Array(typedId('run'))),
  }),
  'run.timed_out': Type.Object({ error: FlowErrorSchema, children: Type.Optional(Type.Array(typedId('run'))) }),
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
