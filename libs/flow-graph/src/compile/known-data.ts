import type { StaticKind } from '../expression/cel-value.js';
import type { FlowCatalogue } from '../plan/problem.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { lookUpPath, type PathKnowledge } from '../schema/look-up-path.js';
import { schemaOfConstant } from '../schema/schema-of-constant.js';
import type { DraftStep } from './draft-graph.js';

/** What is known, before any run, of everything that expressions see: a schema per name and per step. */
const RUN: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    started_at: { type: 'string' },
    workflow_id: { type: 'string' },
    version: { type: 'integer' },
  },
  additionalProperties: false,
};
const ERROR: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    class: { type: 'string' },
    origin: { type: 'string' },
    details: true,
  },
};
const HTTP_OUTPUT: JsonSchema = {
  type: 'object',
  properties: { status: { type: 'integer' }, headers: { type: 'object', additionalProperties: { type: 'string' } }, body: true },
  additionalProperties: false,
};

export class KnownData {
  readonly #names: ReadonlyMap<string, JsonSchema>;
  readonly #steps = new Map<string, JsonSchema>();
  /** False when the definition gives no constants at all: a template's are filled in later. */
  readonly hasInputs: boolean;

  constructor(inputSchema: JsonSchema | null, inputs: unknown, steps: readonly DraftStep[], catalogue: FlowCatalogue | null) {
    this.hasInputs = inputs !== undefined;
    this.#names = new Map([
      ['payload', inputSchema ?? true],
      ['inputs', inputs === undefined ? true : schemaOfConstant(inputs)],
      ['run', RUN],
      ['trigger', true],
      ['steps', true],
    ]);
    for (const step of steps) if (step.id !== null) this.#steps.set(step.id, stepSchema(step, catalogue));
  }

  lookUp(root: string, segments: readonly (string | number)[]): PathKnowledge {
    if (root !== 'steps') return lookUpPath(this.#names.get(root) ?? true, segments);
    const [id, ...rest] = segments;
    const schema = typeof id === 'string' ? this.#steps.get(id) : undefined;
    if (schema === undefined) return { state: 'unknown' };
    const found = lookUpPath(schema, rest);
    return found.state === 'absent' || found.state === 'unlisted' ? { ...found, at: found.at + 1 } : found;
  }

  kindOf = (root: string, segments: readonly (string | number)[]): StaticKind => {
    const found = this.lookUp(root, segments);
    return found.state === 'known' ? found.kind : 'dyn';
  };
}

/**
 * `output` is typed though it is null after a skip or a failure: whoever reads inside of it then fails at run time either way,
 * and a comparison with null is always allowed.
 */
function stepSchema(step: DraftStep, catalogue: FlowCatalogue | null): JsonSchema {
  return {
    type: 'object',
    properties: { output: outputSchema(step, catalogue), status: { type: 'string' }, error: ERROR },
    additionalProperties: false,
  };
}

function outputSchema({ type, raw }: DraftStep, catalogue: FlowCatalogue | null): JsonSchema {
  if (type === 'http') return HTTP_OUTPUT;
  if (catalogue === null) return true;
  const { agent, connection, action } = raw;
  if (type === 'agent' && typeof agent === 'string')
    return (catalogue.agents.get(agent)?.output_schema as JsonSchema | undefined) ?? true;
  if (type !== 'connector' || typeof connection !== 'string' || typeof action !== 'string') return true;
  return (catalogue.connections.get(connection)?.actions.get(action)?.output_schema as JsonSchema | undefined) ?? true;
}
