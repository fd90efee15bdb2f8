import Type, { type Static } from 'typebox';
import { DURATION_PATTERN } from './duration.js';

/** Schemas of one step, by type. Strict: an unknown key is an error. Texts may hold CEL and `${ … }`; flow-graph checks those. */
export const STEP_ID_PATTERN = '^[a-z][a-z0-9_]{0,62}$';
const Duration = Type.String({ pattern: DURATION_PATTERN, description: 'A duration such as "30s", "2m", "1h30m" or "7d"' });
const Expression = Type.String({ minLength: 1, maxLength: 4096, description: 'A CEL expression' });
/** Any JSON whose texts may hold `${ … }`. */
const Mapping = Type.Unknown({ description: 'Any JSON; strings may hold ${ … } expressions' });

export const RetryPolicySchema = Type.Object(
  {
    max_attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    initial_interval: Type.Optional(Duration),
    backoff: Type.Optional(Type.Number({ minimum: 1, maximum: 100 })),
    max_interval: Type.Optional(Duration),
    jitter: Type.Optional(Type.Boolean()),
    non_retryable: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 100 })),
    /** Of all attempts together, from the first scheduling on: no further attempt begins after it. */
    max_elapsed: Type.Optional(Duration),
  },
  { additionalProperties: false },
);

export const OnErrorSchema = Type.Union([
  Type.Literal('halt'),
  Type.Literal('continue'),
  Type.Object({ goto: Type.String({ pattern: STEP_ID_PATTERN }) }, { additionalProperties: false }),
]);

const common = {
  id: Type.String({ pattern: STEP_ID_PATTERN }),
  name: Type.Optional(Type.String({ maxLength: 200 })),
  when: Type.Optional(Expression),
  join: Type.Optional(Type.Enum(['all', 'any'])),
};
/** Of the steps that work outside and may fail. */
const working = {
  ...common,
  input: Type.Optional(Mapping),
  retry: Type.Optional(RetryPolicySchema),
  timeout: Type.Optional(Duration),
  on_error: Type.Optional(OnErrorSchema),
};
const strict = { additionalProperties: false };

/** Who decides, until when, and what holds when nobody did. */
const approvalPolicy = {
  assignees: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 50 })),
  due: Type.Optional(Duration),
  on_due: Type.Optional(Type.Enum(['reject', 'approve', 'fail'])),
};
/**
 * Two stages. A connector's mapped input is held before anything is sent; an agent's output is held before anything follows.
 * Approved: the effect is released, once. Rejected: no effect, the held artefact is kept, and the path ends.
 */
export const TwoStageSchema = Type.Union([Type.Boolean(), Type.Object(approvalPolicy, strict)]);

export const AgentStepSchema = Type.Object(
  { ...working, type: Type.Literal('agent'), agent: Type.String({ minLength: 1 }), approval: Type.Optional(TwoStageSchema) },
  strict,
);
export const ConnectorStepSchema = Type.Object(
  {
    ...working,
    type: Type.Literal('connector'),
    connection: Type.String({ minLength: 1 }),
    action: Type.String({ minLength: 1 }),
    approval: Type.Optional(TwoStageSchema),
  },
  strict,
);
export const HttpStepSchema = Type.Object(
  {
    ...working,
    type: Type.Literal('http'),
    method: Type.Optional(Type.Enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])),
    url: Type.String({ minLength: 1, maxLength: 8192 }),
    headers: Type.Optional(Type.Record(Type.String(), Type.String())),
    body: Type.Optional(Mapping),
    expect: Type.Optional(
      Type.Array(Type.Union([Type.Integer({ minimum: 100, maximum: 599 }), Type.String({ pattern: '^[1-5]xx$' })]), {
        minItems: 1,
      }),
    ),
    follow_redirects: Type.Optional(Type.Boolean()),
    idempotency_header: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Type.Null()])),
  },
  strict,
);
export const BranchStepSchema = Type.Object(
  { ...common, type: Type.Literal('branch'), mode: Type.Optional(Type.Enum(['first', 'all'])) },
  strict,
);
export const EventWaitSchema = Type.Object(
  {
    /** An exact type, or one that ends in ".*". */
    type: Type.String({ minLength: 1, maxLength: 200 }),
    match: Type.Optional(Expression),
    timeout: Type.Optional(Duration),
    /** How old an event may be that counts: since the run's start (default), since the step began, or a duration back. */
    since: Type.Optional(Type.Union([Type.Literal('run'), Type.Literal('step'), Duration])),
  },
  strict,
);
const wait = { ...common, type: Type.Literal('wait'), on_error: Type.Optional(OnErrorSchema) };
const waitFor = { for: Duration };
const waitUntil = {
  until: Expression,
  /** IANA name; for an `until` without offset. Default UTC. */
  timezone: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
};
const waitForEvent = { event: EventWaitSchema };
/** Exactly one of `for`, `until` and `event`, as a graph's schema says it. */
export const WAIT_STEP_SCHEMAS = [
  Type.Object({ ...wait, ...waitFor }, strict),
  Type.Object({ ...wait, ...waitUntil }, strict),
  Type.Object({ ...wait, ...waitForEvent }, strict),
] as const;
/** All that a wait may have, for checks member by member; flow-graph says "exactly one" with one problem instead of three. */
export const WaitStepSchema = Type.Object(
  {
    ...wait,
    for: Type.Optional(waitFor.for),
    until: Type.Optional(waitUntil.until),
    timezone: waitUntil.timezone,
    event: Type.Optional(waitForEvent.event),
  },
  strict,
);
export const ApprovalStepSchema = Type.Object(
  {
    ...common,
    ...approvalPolicy,
    type: Type.Literal('approval'),
    /** What the person decides on: shown in the inbox and kept. */
    input: Type.Optional(Mapping),
    on_error: Type.Optional(OnErrorSchema),
  },
  strict,
);
export const TransformStepSchema = Type.Object(
  { ...common, type: Type.Literal('transform'), output: Mapping, on_error: Type.Optional(OnErrorSchema) },
  strict,
);

export const CodeStepSchema = Type.Object(
  {
    ...working,
    type: Type.Literal('code'),
    source: Type.String({
      minLength: 1,
      maxLength: 65_536,
      description: 'An ES module whose default export maps the input to the output',
    }),
  },
  strict,
);
export const FlowStepSchema = Type.Object(
  {
    ...common,
    type: Type.Literal('flow'),
    workflow: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The id (wf_…) or the name of a workflow of the workspace',
    }),
    input: Type.Optional(Mapping),
    wait: Type.Optional(Type.Boolean()),
    on_error: Type.Optional(OnErrorSchema),
  },
  strict,
);
/** `graph` holds steps and edges of its own, checked like the outer ones. */
export const ForeachStepSchema = Type.Object(
  {
    ...common,
    type: Type.Literal('foreach'),
    items: Expression,
    graph: Type.Object({ steps: Type.Array(Type.Unknown()), edges: Type.Array(Type.Unknown()) }, strict),
    concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    on_item_error: Type.Optional(Type.Enum(['halt', 'continue'])),
    on_error: Type.Optional(OnErrorSchema),
  },
  strict,
);

/** By `type`: what the engine can run. A type that is not here is refused at save, never at run time. */
export const STEP_SCHEMAS = {
  agent: AgentStepSchema,
  connector: ConnectorStepSchema,
  http: HttpStepSchema,
  branch: BranchStepSchema,
  wait: WaitStepSchema,
  transform: TransformStepSchema,
  approval: ApprovalStepSchema,
  code: CodeStepSchema,
  flow: FlowStepSchema,
  foreach: ForeachStepSchema,
} as const;
export type StepType = keyof typeof STEP_SCHEMAS;
export const STEP_TYPES = Object.keys(STEP_SCHEMAS) as StepType[];

export type RetryPolicyDefinition = Static<typeof RetryPolicySchema>;
export type OnErrorDefinition = Static<typeof OnErrorSchema>;
export type AgentStep = Static<typeof AgentStepSchema>;
export type ConnectorStep = Static<typeof ConnectorStepSchema>;
export type HttpStep = Static<typeof HttpStepSchema>;
export type BranchStep = Static<typeof BranchStepSchema>;
export type WaitStep = Static<typeof WaitStepSchema>;
export type TransformStep = Static<typeof TransformStepSchema>;
export type ApprovalStep = Static<typeof ApprovalStepSchema>;
export type CodeStep = Static<typeof CodeStepSchema>;
export type FlowStep = Static<typeof FlowStepSchema>;
export type ForeachStep = Static<typeof ForeachStepSchema>;
export type StepDefinition =
  AgentStep | ConnectorStep | HttpStep | BranchStep | WaitStep | TransformStep | ApprovalStep | CodeStep | FlowStep | ForeachStep;
