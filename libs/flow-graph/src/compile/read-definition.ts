import { FlowDefinitionSchema, MAX_DEFINITION_BYTES, writesUnstorable, type JsonValue } from '@flows/contracts';
import { checkInputSchema } from '../schema/input-schema.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { ShapeCheck } from './check-shape.js';
import { isRecord, type DraftGraph } from './draft-graph.js';
import type { ProblemList } from './problem-list.js';
import { readGraph } from './read-graph.js';
import { readSettings, type ReadSettings } from './read-settings.js';
import type { StepPlaces } from './step-places.js';

/** The parts of a definition, each of the right type as far as it was given. */
export interface ReadDefinition {
  readonly graph: DraftGraph;
  readonly places: StepPlaces;
  /** Null when none was given, or when it is no schema. */
  readonly inputSchema: JsonSchema | null;
  readonly inputs: Readonly<Record<string, JsonValue>> | undefined;
  readonly output: unknown;
  readonly settings: ReadSettings;
}

const TOP = new ShapeCheck(FlowDefinitionSchema, ['graph', 'input_schema', 'inputs', 'output', 'settings']);

/** Takes a definition apart; null when there is nothing to go on with. */
export function readDefinition(definition: unknown, graphPointer: string, problems: ProblemList): ReadDefinition | null {
  if (!isRecord(definition)) {
    problems.add('#', 'invalid_type', 'A definition is an object');
    return null;
  }
  if (!checkSize(definition, problems)) return null;
  TOP.check(definition, '#', problems);
  const { graph, input_schema: inputSchema, inputs, settings, output } = definition;
  const read = readSettings(settings, '#/settings', problems);
  if (inputs !== undefined && !isRecord(inputs)) problems.add('#/inputs', 'invalid_type', '"inputs" is an object of constants');
  return {
    ...readGraph(graph, graphPointer, problems),
    inputSchema: readInputSchema(inputSchema, problems),
    inputs: isRecord(inputs) ? (inputs as Record<string, JsonValue>) : undefined,
    output,
    settings: read,
  };
}

/** Everything after this works on JSON of bounded size whose texts are well-formed. */
function checkSize(definition: object, problems: ProblemList): boolean {
  let text: string;
  try {
    text = JSON.stringify(definition);
  } catch (error) {
    problems.add(
      '#',
      'not_json',
      `The definition cannot be written as JSON: ${error instanceof RangeError ? 'it is nested too deeply' : String(error)}`,
    );
    return false;
  }
  if (writesUnstorable(text)) {
    problems.add(
      '#',
      'unsupported_text',
      'A text has half a surrogate pair or the character U+0000, which can be neither stored nor sent',
    );
    return false;
  }
  const size = text.length > MAX_DEFINITION_BYTES ? text.length : new TextEncoder().encode(text).length;
  if (size <= MAX_DEFINITION_BYTES) return true;
  problems.add(
    '#',
    'definition_too_large',
    `A definition has at most ${MAX_DEFINITION_BYTES} bytes of JSON, this one has ${size}`,
  );
  return false;
}

function readInputSchema(schema: unknown, problems: ProblemList): JsonSchema | null {
  if (schema === undefined) return null;
  if (typeof schema !== 'boolean' && !isRecord(schema)) {
    problems.add('#/input_schema', 'invalid_input_schema', '"input_schema" is a JSON Schema: an object');
    return null;
  }
  const faults = checkInputSchema(schema);
  for (const { pointer, message } of faults) problems.add(`#/input_schema${pointer}`, 'invalid_input_schema', message);
  return faults.length === 0 ? schema : null;
}
