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

const WAITED_EVENT: JsonSchema = {
  type: 'object',
  properties: { timed_out: { type: 'boolean' }, event: true },
  additionalProperties: false,
};
const WAITED: JsonSchema = {
  type: 'object',
  properties: { due_at: { type: 'string' }, fired_at: { type: 'string' } },
  additionalProperties: false,
};
const APPROVAL_OUTPUT: JsonSchema = {
  type: 'object',
  properties: {
    decision: { type: 'string' },
    by: { type: ['string', 'null'] },
    at: { type: 'string' },
    comment: { type: ['string', 'null'] },
  },
  additionalProperties: false,
};
const STARTED_FLOW: JsonSchema = { type: 'object', properties: { run_id: { type: 'string' } }, additionalProperties: false };
/** The CloudEvent that the match of a wait sees; producers may add attributes. */
const EVENT: JsonSchema = {
  type: 'object',
  properties: {
    ...Object.fromEntries(
      ['id', 'source', 'type', 'specversion', 'subject', 'time', 'datacontenttype', 'dataschema'].map((name) => [
        name,
        { type: 'string' },
      ]),
    ),
    data: true,
    ...Object.fromEntries(['workspaceid', 'traceparent', 'causationid', 'causationdepth'].map((name) => [name, true])),
  },
};

/** What of a definition says something about data. */
export interface KnownDefinition {
  readonly inputSchema: JsonSchema | null;
  readonly inputs: unknown;
}

export class KnownData {
  readonly #names: ReadonlyMap<string, JsonSchema>;
  readonly #steps = new Map<string, JsonSchema>();
  /** False when the definition gives no constants at all: a template's are filled in later. */
  readonly hasInputs: boolean;

  /** @param outer what is known around a sub-graph; its steps are found where this graph has none of that id. */
  constructor(
    { inputSchema, inputs }: KnownDefinition,
    steps: readonly DraftStep[],
    catalogue: FlowCatalogue | null,
    private readonly outer: KnownData | null,
  ) {
    this.hasInputs = inputs !== undefined;
    this.#names = new Map([
      ['payload', inputSchema ?? true],
      ['inputs', inputs === undefined ? true : schemaOfConstant(inputs)],
      ['run', RUN],
      ['trigger', true],
      ['steps', true],
      ['item', true],
      ['index', { type: 'integer' }],
      ['event', EVENT],
    ]);
    for (const step of steps) if (step.id !== null) this.#steps.set(step.id, stepSchema(step, catalogue));
  }

  lookUp(root: string, segments: readonly (string | number)[]): PathKnowledge {
    if (root !== 'steps') return lookUpPath(this.#names.get(root) ?? true, segments);
    const [id, ...rest] = segments;
    const schema = typeof id === 'string' ? this.#steps.get(id) : undefined;
    if (schema === undefined) return this.outer?.lookUp(root, segments) ?? { state: 'unknown' };
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
  if (type === 'wait') return raw['event'] === undefined ? WAITED : WAITED_EVENT;
  if (type === 'approval') return APPROVAL_OUTPUT;
  if (type === 'foreach') return { type: 'array' };
  if (type === 'flow') return raw['wait'] === false ? STARTED_FLOW : true;
  if (catalogue === null) return true;
  const { agent, connection, action } = raw;
  if (type === 'agent' && typeof agent === 'string')
    return (catalogue.agents.get(agent)?.output_schema as JsonSchema | undefined) ?? true;
  if (type !== 'connector' || typeof connection !== 'string' || typeof action !== 'string') return true;
  return (catalogue.connections.get(connection)?.actions.get(action)?.output_schema as JsonSchema | undefined) ?? true;
}
