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

export const AgentStepSchema = Type.Object(
  { ...working, type: Type.Literal('agent'), agent: Type.String({ minLength: 1 }) },
  strict,
);
export const ConnectorStepSchema = Type.Object(
  {
    ...working,
    type: Type.Literal('connector'),
    connection: Type.String({ minLength: 1 }),
    action: Type.String({ minLength: 1 }),
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
export const WaitStepSchema = Type.Object({ ...common, type: Type.Literal('wait'), for: Duration }, strict);
export const TransformStepSchema = Type.Object(
  { ...common, type: Type.Literal('transform'), output: Mapping, on_error: Type.Optional(OnErrorSchema) },
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
export type StepDefinition = AgentStep | ConnectorStep | HttpStep | BranchStep | WaitStep | TransformStep;
