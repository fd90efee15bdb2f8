import Type, { type Static } from 'typebox';
import { DURATION_PATTERN } from './duration.js';
import { STEP_ID_PATTERN, STEP_SCHEMAS, type StepDefinition } from './step-definition.js';

export const MAX_STEPS = 500;
export const MAX_DEFINITION_BYTES = 1024 * 1024;
export const MAX_PAYLOAD_BYTES = 256 * 1024;
export const MAX_STEP_OUTPUT_BYTES = 1024 * 1024;

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
  },
  { additionalProperties: false },
);

/** The graph as PUT `/workflows/{id}/graph` takes it. Steps are checked one by one by their type (STEP_SCHEMAS), so that every problem has its own pointer. */
export const GraphSchema = Type.Object(
  {
    steps: Type.Array(Type.Union(Object.values(STEP_SCHEMAS))),
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
