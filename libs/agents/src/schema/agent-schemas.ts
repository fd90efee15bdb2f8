import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import type { JsonObject, JsonValue } from '@flows/contracts';
import { AgentError } from '../agent-error.js';

/** Compiled schemas kept; an installation has far fewer agents at work at a time. */
const KEPT = 500;
const MAX_PROBLEMS = 10;

/** Patterns run on RE2 (linear time): a schema is written by users, and a JavaScript regular expression could be made to run for ever. */
const linearRegExp = Object.assign((pattern: string) => RE2JS.compile(RE2JS.translateRegExp(pattern)), { code: 'linearRegExp' });

const compiled = new LRUCache<string, ValidateFunction>({ max: KEPT });

export interface AgentSchemaProblem {
  /** RFC 6901 pointer as URI fragment. */
  pointer: string;
  message: string;
}

/**
 * What is wrong with a value, empty when it fits. Unknown keywords and formats are ignored, as JSON Schema has it.
 * @throws AgentError `agent_schema_invalid` when the schema itself is wrong.
 */
export function findSchemaProblems(schema: JsonObject, value: JsonValue): AgentSchemaProblem[] {
  const validate = compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(describe);
}

/** One line per problem, for people and for a model that gets its second try. */
export function listProblems(problems: readonly AgentSchemaProblem[]): string {
  return problems.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
}

function compile(schema: JsonObject): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  try {
    // One instance per schema: `$id`s of different workspaces must not meet.
    const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, code: { regExp: linearRegExp } });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    compiled.set(text, validate);
    return validate;
  } catch (error) {
    throw new AgentError(
      {
        code: 'agent_schema_invalid',
        message: `The agent's schema cannot be used: ${(error as Error).message}`,
        class: 'non_retryable',
        origin: 'executor',
      },
      { cause: error },
    );
  }
}

function describe(error: ErrorObject): AgentSchemaProblem {
  const at = `#${encodeURI(error.instancePath)}`;
  const params = error.params as { missingProperty?: string; additionalProperty?: string; allowedValues?: unknown[] };
  if (params.missingProperty !== undefined) return { pointer: `${at}/${params.missingProperty}`, message: 'is required' };
  if (params.additionalProperty !== undefined)
    return { pointer: `${at}/${params.additionalProperty}`, message: 'is not allowed' };
  if (params.allowedValues !== undefined)
    return { pointer: at, message: `must be one of ${JSON.stringify(params.allowedValues).slice(0, 200)}` };
  return { pointer: at, message: error.message ?? 'does not fit' };
}
