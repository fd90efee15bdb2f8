import Type, { type Static, type TSchema } from 'typebox';
import { DURATION_PATTERN } from './duration.js';
import { STEP_ID_PATTERN, STEP_SCHEMAS, WAIT_STEP_SCHEMAS, type StepDefinition } from './step-definition.js';

export const MAX_STEPS = 500;
export const MAX_DEFINITION_BYTES = 1024 * 1024;
export const MAX_PAYLOAD_BYTES = 256 * 1024;
export const MAX_STEP_OUTPUT_BYTES = 1024 * 1024;
export const MAX_FOREACH_ITEMS = 10_000;
/** How many runs may stand above a run: a flow in a flow, an item in a flow. */
export const MAX_RUN_DEPTH = 8;

export const EdgeSchema = Type.Object(
  {
    from: Type.String({ pattern: STEP_ID_PATTERN }),
    to: Type.String({ pattern: STEP_ID_PATTERN }),
    condition: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4096, description: 'A CEL expression that yields a boolean' }),
    ),
  },
  { additionalProperties: false },
);

export const SettingsSchema = Type.Object(
  {
    timeout: Type.Optional(Type.String({ pattern: DURATION_PATTERN })),
    on_failure: Type.Optional(Type.Literal('halt')),
    /** At most `limit` runs of the workflow (and key) between their start and their end, waits included; the others queue. */
    concurrency: Type.Optional(
      Type.Object(
        {
          limit: Type.Integer({ minimum: 1, maximum: 100_000 }),
          key: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: 'A text with ${ … } over the payload' })),
        },
        { additionalProperties: false },
      ),
    ),
    /** Queued runs of a workspace with a higher priority start first; default 0. */
    priority: Type.Optional(Type.Integer({ minimum: -100, maximum: 100 })),
    /** The step that begins when the run is cancelled; it and what hangs on it never run otherwise. */
    on_cancel: Type.Optional(Type.Object({ goto: Type.String({ pattern: STEP_ID_PATTERN }) }, { additionalProperties: false })),
    /** What a step does whose connection needs re-authorisation: wait for it (default), or fail. */
    on_reauth: Type.Optional(Type.Enum(['wait', 'fail'])),
  },
  { additionalProperties: false },
);

/** A wait is one of three forms. */
const STEPS = Object.values(STEP_SCHEMAS).flatMap<TSchema>((schema) =>
  schema === STEP_SCHEMAS.wait ? [...WAIT_STEP_SCHEMAS] : [schema],
);

/** The graph as PUT `/workflows/{id}/graph` takes it. Steps are checked one by one by their type (STEP_SCHEMAS), so that every problem has its own pointer. */
export const GraphSchema = Type.Object(
  {
    steps: Type.Array(Type.Union(STEPS)),
    edges: Type.Array(EdgeSchema),
  },
  { additionalProperties: false },
);

/** What a version is made of. `name` and `description` belong to the workflow. */
export const FlowDefinitionSchema = Type.Object(
  {
    input_schema: Type.Optional(
      Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Boolean()], {
        description: 'JSON Schema 2020-12 of the payload',
      }),
    ),
    /** Constants that expressions see as `inputs`: what was filled in when a template was instantiated. */
    inputs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    output: Type.Optional(Type.Unknown({ description: 'Any JSON; strings may hold ${ … } expressions' })),
    settings: Type.Optional(SettingsSchema),
    graph: GraphSchema,
  },
  { additionalProperties: false },
);

export type EdgeDefinition = Static<typeof EdgeSchema>;
export type FlowSettings = Static<typeof SettingsSchema>;
export interface GraphDefinition {
  steps: StepDefinition[];
  edges: EdgeDefinition[];
}
export interface FlowDefinition {
  input_schema?: Record<string, unknown> | boolean;
  inputs?: Record<string, unknown>;
  output?: unknown;
  settings?: FlowSettings;
  graph: GraphDefinition;
}
