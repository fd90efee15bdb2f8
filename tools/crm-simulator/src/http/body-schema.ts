/** Owns the check of request bodies against their schema, with messages a person can act on. */
import { Ajv, type ErrorObject } from 'ajv';
import type { TSchema } from 'typebox';
import { HttpProblem, type FieldError } from './http-problem.js';

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true });

/** A parser that returns the body as `T`, or throws 422 `invalid_body` that lists every wrong field. */
export function compileBody<T>(schema: TSchema): (body: unknown) => T {
  const validate = ajv.compile<T>(schema);
  return (body) => {
    if (body === undefined) throw new HttpProblem(422, 'invalid_body', 'The call needs a JSON object as its body.');
    if (validate(body)) return body;
    const errors = (validate.errors ?? []).map(toFieldError);
    throw new HttpProblem(422, 'invalid_body', errors.map((error) => error.message).join('; '), { errors });
  };
}

function toFieldError(error: ErrorObject): FieldError {
  const params = error.params as Record<string, unknown>;
  const property = params['additionalProperty'] ?? params['missingProperty'];
  const path = property === undefined ? error.instancePath : `${error.instancePath}/${escapeToken(String(property))}`;
  const field = path === '' ? 'the body' : path.slice(1).replaceAll('/', '.');
  return { pointer: `#${path}`, code: error.keyword, message: messageOf(error, field) };
}

function messageOf(error: ErrorObject, field: string): string {
  switch (error.keyword) {
    case 'additionalProperties':
      return `${field}: unknown field; known are ${knownFields(error).join(', ')}`;
    case 'required':
      return `${field}: is required`;
    case 'type':
      return `${field}: must be ${[error.schema].flat().join(' or ')}`;
    default:
      return `${field}: ${error.message ?? 'is not valid'}`;
  }
}

function knownFields(error: ErrorObject): readonly string[] {
  const { properties = {} } = (error.parentSchema ?? {}) as { properties?: Record<string, unknown> };
  return Object.keys(properties);
}

function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}
