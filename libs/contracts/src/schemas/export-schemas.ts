import type { TSchema } from 'typebox';
import { FlowDefinitionSchema } from '../definition/flow-definition.js';
import { CloudEventSchema } from '../events/cloud-event.js';
import { EVENT_DATA_SCHEMAS } from '../events/event-types.js';
import type { JsonObject } from '../json/json-value.js';
import { RunEventSchemas } from '../run-events/fact-data.schemas.js';
import { RUN_INPUT_SCHEMAS } from '../run-inputs/run-input.js';
import { StepRunCommandSchema } from '../step-commands/step-command.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const MAJOR = 'v1';

/**
 * Everything that travels or is stored, as JSON Schema 2020-12 documents by name (`<family>.<kind>`), each with its `$id`. They are
 * the schemas that the code validates with, so a document cannot say anything else. Plain JSON: safe to keep and to change.
 */
export function exportSchemas(): Record<string, JsonObject> {
  const schemas: Record<string, TSchema | object> = {
    'flow-definition': FlowDefinitionSchema,
    ...named('run-input', RUN_INPUT_SCHEMAS),
    'step-command.step.run': StepRunCommandSchema,
    ...named('run-event', RunEventSchemas),
    'cloud-event': CloudEventSchema,
    ...named('event-data', EVENT_DATA_SCHEMAS),
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const plain = JSON.parse(JSON.stringify(schema)) as JsonObject;
      return [name, { $schema: DIALECT, $id: `urn:flows:schema:${name}:${MAJOR}`, ...plain }];
    }),
  );
}

function named(family: string, schemas: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.entries(schemas).map(([kind, schema]) => [`${family}.${kind}`, schema]));
}
