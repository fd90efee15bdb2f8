import { escapePointer, MAX_PAYLOAD_BYTES, type JsonValue } from '@flows/contracts';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';

/** Why a payload cannot start a run; `pointer` is an RFC 6901 pointer as URI fragment into the payload. */
export interface PayloadProblem {
  code: string;
  pointer: string;
  message: string;
}
export type PayloadCheck = (payload: JsonValue) => PayloadProblem | null;

/** Patterns of users run in linear time. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    return { test: (text: string) => compiled.matcher(text).find() };
  },
  { code: 'linearRegExp' },
);

/** The check by a version's `input_schema` (JSON Schema 2020-12). Without one any payload of the allowed size will do. */
export function compilePayloadCheck(schema: object | boolean | null): PayloadCheck {
  if (schema === null || schema === true) return checkSize;
  let validate;
  try {
    // One Ajv per schema: two workflows may use the same $id.
    const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false, code: { regExp: linearRegExp } });
    addFormats.default(ajv);
    validate = ajv.compile(schema);
  } catch (error) {
    const problem = {
      code: 'input_schema_invalid',
      pointer: '#',
      message: `The version's input_schema cannot be used: ${(error as Error).message}`,
    };
    return () => problem;
  }
  return (payload) => checkSize(payload) ?? (validate(payload) ? null : describe(validate.errors?.[0]));
}

function checkSize(payload: JsonValue): PayloadProblem | null {
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes <= MAX_PAYLOAD_BYTES) return null;
  return {
    code: 'payload_too_large',
    pointer: '#',
    message: `The payload has ${bytes} bytes, at most ${MAX_PAYLOAD_BYTES} are taken`,
  };
}

function describe(error: ErrorObject | undefined): PayloadProblem {
  const params = (error?.params ?? {}) as { missingProperty?: string; additionalProperty?: string };
  const at = `#${encodeURI(error?.instancePath ?? '')}`;
  const message = error?.message ?? 'does not fit the schema';
  const key = params.missingProperty ?? params.additionalProperty;
  if (key === undefined) return { code: 'payload_invalid', pointer: at, message };
  return {
    code: 'payload_invalid',
    pointer: `${at}/${escapePointer(key)}`,
    message: params.missingProperty === undefined ? 'is not a known key' : 'is required',
  };
}
