import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject, JsonValue } from '@flows/contracts';
import { describeErrors } from '@flows/json-schema';
import type { ConnectorAction } from '../connector.js';
import { ActionError, invalidInput } from '../errors/action-error.js';

/** The schemas are our own: strict, so that a slip in one is found, and with JavaScript's patterns, which can look ahead. */
const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const compiled = new WeakMap<JsonObject, ValidateFunction>();

/**
 * What is wrong with an action's input, or null. Compiled once per action. The first problem names the pointer;
 * `details.errors` has all of them.
 */
export function checkActionInput(action: ConnectorAction, input: JsonValue): ActionError | null {
  let validate = compiled.get(action.input_schema);
  if (validate === undefined) {
    validate = ajv.compile(action.input_schema);
    compiled.set(action.input_schema, validate);
  }
  if (validate(input)) return null;
  const problems = describeErrors(validate.errors);
  const first = problems[0] ?? { pointer: '#', message: 'does not fit the schema' };
  const error = invalidInput(first.pointer, first.message);
  return new ActionError({ ...error.flowError, details: { ...error.flowError.details, errors: problems } });
}
