import type { JsonObject, JsonValue, SchemaProblem } from '@flows/contracts';
import { compileUserSchema, type ValueCheck } from '@flows/json-schema';
import { LRUCache } from 'lru-cache';
import { AgentError } from '../agent-error.js';

/** Compiled schemas kept; an installation has far fewer agents at work at a time. */
const KEPT = 500;
/** As many as a model on its second try, or a person, will look at. */
const MAX_TOLD = 10;

const compiled = new LRUCache<string, ValueCheck>({ max: KEPT });

/**
 * What is wrong with a value, empty when it fits.
 * @throws AgentError `agent_schema_invalid` when the schema itself is wrong.
 */
export function findSchemaProblems(schema: JsonObject, value: JsonValue): SchemaProblem[] {
  return compile(schema)(value).slice(0, MAX_TOLD);
}

/** One text for all problems, for people and for a model that gets its second try. */
export function listProblems(problems: readonly SchemaProblem[]): string {
  return problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ');
}

function compile(schema: JsonObject): ValueCheck {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const compilation = compileUserSchema(schema);
  if (!compilation.ok) {
    throw new AgentError({
      code: 'agent_schema_invalid',
      message: `The agent's schema cannot be used: ${listProblems(compilation.problems.slice(0, MAX_TOLD))}`,
      class: 'non_retryable',
      origin: 'executor',
    });
  }
  compiled.set(text, compilation.check);
  return compilation.check;
}
