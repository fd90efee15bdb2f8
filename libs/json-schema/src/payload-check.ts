import { MAX_PAYLOAD_BYTES, type JsonValue } from '@flows/contracts';
import { compileUserSchema, type JsonSchema } from './compile-user-schema.js';

/** Why a payload cannot start a run; `pointer` is an RFC 6901 pointer as URI fragment into the payload. */
export interface PayloadProblem {
  code: string;
  pointer: string;
  message: string;
}
export type PayloadCheck = (payload: JsonValue) => PayloadProblem | null;

/** The check by a version's `input_schema` (JSON Schema 2020-12). Without one any payload of the allowed size will do. */
export function compilePayloadCheck(schema: JsonSchema | null): PayloadCheck {
  if (schema === null || schema === true) return checkSize;
  const compiled = compileUserSchema(schema);
  if (!compiled.ok) {
    const problem = {
      code: 'input_schema_invalid',
      pointer: '#',
      message: `The version's input_schema cannot be used: ${compiled.problems[0]?.message}`,
    };
    return () => problem;
  }
  return (payload) => checkSize(payload) ?? firstOf(compiled.check(payload));
}

function checkSize(payload: JsonValue): PayloadProblem | null {
  const bytes = new TextEncoder().encode(JSON.stringify(payload)).length;
  if (bytes <= MAX_PAYLOAD_BYTES) return null;
  return {
    code: 'payload_too_large',
    pointer: '#',
    message: `The payload has ${bytes} bytes, at most ${MAX_PAYLOAD_BYTES} are taken`,
  };
}

function firstOf(problems: readonly PayloadProblem[]): PayloadProblem | null {
  return problems[0] === undefined ? null : { ...problems[0], code: 'payload_invalid' };
}
