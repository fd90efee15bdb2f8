import { FlowDefinitionSchema, MAX_DEFINITION_BYTES, SettingsSchema, writesUnstorable, type JsonValue } from '@flows/contracts';
import { checkInputSchema } from '../schema/input-schema.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { ShapeCheck } from './check-shape.js';
import { isRecord } from './draft-graph.js';
import type { ProblemList } from './problem-list.js';
import { checkRunTimeout } from './rules/durations.rule.js';
import { pointerSegment } from '../plan/pointer.js';

/** The parts of a definition, each of the right type as far as it was given. */
export interface ReadDefinition {
  readonly steps: readonly unknown[];
  readonly edges: readonly unknown[];
  /** Null when none was given, or when it is no schema. */
  readonly inputSchema: JsonSchema | null;
  readonly inputs: Readonly<Record<string, JsonValue>> | undefined;
  readonly output: unknown;
  readonly timeout: string | undefined;
}

const TOP = new ShapeCheck(FlowDefinitionSchema, ['graph', 'input_schema', 'inputs', 'output', 'settings']);
const SETTINGS = new ShapeCheck(SettingsSchema);

/** Takes a definition apart; null when there is nothing to go on with. */
export function readDefinition(definition: unknown, graphPointer: string, problems: ProblemList): ReadDefinition | null {
  if (!isRecord(definition)) {
    problems.add('#', 'invalid_type', 'A definition is an object');
    return null;
  }
  if (!checkSize(definition, problems)) return null;
  TOP.check(definition, '#', problems);
  const { graph, input_schema: inputSchema, inputs, settings, output } = definition;
  if (settings !== undefined) readSettings(settings, problems);
  if (inputs !== undefined && !isRecord(inputs)) problems.add('#/inputs', 'invalid_type', '"inputs" is an object of constants');
  const { steps, edges } = readGraph(graph, graphPointer, problems);
  return {
    steps,
    edges,
    inputSchema: readInputSchema(inputSchema, problems),
    inputs: isRecord(inputs) ? (inputs as Record<string, JsonValue>) : undefined,
    output,
    timeout: isRecord(settings) && typeof settings['timeout'] === 'string' ? settings['timeout'] : undefined,
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

function readGraph(
  graph: unknown,
  pointer: string,
  problems: ProblemList,
): { steps: readonly unknown[]; edges: readonly unknown[] } {
  if (!isRecord(graph)) {
    if (graph !== undefined) problems.add(pointer, 'invalid_type', 'A graph is an object { "steps", "edges" }');
    return { steps: [], edges: [] };
  }
  for (const key of Object.keys(graph)) {
    if (key !== 'steps' && key !== 'edges')
      problems.add(`${pointer}/${pointerSegment(key)}`, 'unknown_key', `Unknown key "${key}"; there is steps, edges`);
  }
  return { steps: readList(graph, 'steps', pointer, problems), edges: readList(graph, 'edges', pointer, problems) };
}

function readList(
  graph: Record<string, unknown>,
  key: 'steps' | 'edges',
  pointer: string,
  problems: ProblemList,
): readonly unknown[] {
  const value = graph[key];
  if (Array.isArray(value)) return value;
  problems.add(
    `${pointer}/${key}`,
    value === undefined ? 'required' : 'invalid_type',
    value === undefined ? `"${key}" is required` : `"${key}" is a list`,
  );
  return [];
}

function readSettings(settings: unknown, problems: ProblemList): void {
  if (!isRecord(settings)) return problems.add('#/settings', 'invalid_type', '"settings" is an object');
  SETTINGS.check(settings, '#/settings', problems);
  checkRunTimeout(settings['timeout'], '#/settings/timeout', problems);
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
