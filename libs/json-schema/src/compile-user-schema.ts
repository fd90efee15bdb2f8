import { isDeeperThan, type SchemaProblem } from '@flows/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describeErrors } from './describe-errors.js';
import { linearRegExp } from './linear-reg-exp.js';

/**
 * JSON Schemas (2020-12) that users write, and values checked against them.
 * Untrusted on both sides: bounded in size and depth, no `$ref` that leaves the document, no asynchronous schemas, patterns run
 * in linear time, and every schema is compiled in a world of its own, so that none can reach another one's `$id`.
 */
const MAX_SCHEMA_BYTES = 32 * 1024;
const MAX_SCHEMA_DEPTH = 16;
const DIALECT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

export type JsonSchema = { readonly [keyword: string]: unknown } | boolean;
/**
 * Every problem of a value; none when it fits.
 * @param pointer of the value in what its sender wrote, such as `#/payload`; `#` by itself.
 */
export type ValueCheck = (value: unknown, pointer?: string) => SchemaProblem[];
export type SchemaCompilation = { ok: true; check: ValueCheck } | { ok: false; problems: SchemaProblem[] };

const metaSchema = new Ajv2020({ allErrors: true, strict: false, logger: false });

/**
 * Compiles a schema; unknown keywords and formats are ignored, as JSON Schema has it. Worth keeping: it takes milliseconds.
 * @param pointer of the schema in what its author wrote, such as `#/input_schema`.
 */
export function compileUserSchema(schema: JsonSchema, pointer = '#'): SchemaCompilation {
  const problem = boundsProblem(schema);
  if (problem !== null) return { ok: false, problems: [{ ...problem, pointer: pointer + problem.pointer }] };
  if (!metaSchema.validateSchema(schema)) return { ok: false, problems: describeErrors(metaSchema.errors, pointer) };
  try {
    return { ok: true, check: checkBy(compile(schema)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [{ pointer, code: 'invalid_schema', message }] };
  }
}

/** What must be known before anything walks the schema. The pointer is relative to it, without `#`. */
function boundsProblem(schema: JsonSchema): SchemaProblem | null {
  if (typeof schema === 'boolean') return null;
  const text = JSON.stringify(schema);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_SCHEMA_BYTES) {
    const message = `A schema has at most ${MAX_SCHEMA_BYTES} bytes, this one has ${bytes}`;
    return { pointer: '', code: 'schema_too_large', message };
  }
  if (isDeeperThan(text, MAX_SCHEMA_DEPTH))
    return { pointer: '', code: 'schema_too_deep', message: `A schema is nested at most ${MAX_SCHEMA_DEPTH} levels deep` };
  if (schema['$async'] !== undefined)
    return { pointer: '/$async', code: 'unsupported_keyword', message: 'Asynchronous schemas are not supported' };
  if (schema['$schema'] !== undefined && !DIALECT.test(String(schema['$schema']))) {
    const message = 'Schemas are of JSON Schema 2020-12; leave "$schema" out or name that draft';
    return { pointer: '/$schema', code: 'unsupported_dialect', message };
  }
  return null;
}

function compile(schema: JsonSchema): ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    meta: false,
    validateSchema: false,
    logger: false,
    code: { regExp: linearRegExp },
  });
  addFormats.default(ajv, { mode: 'fast' });
  return ajv.compile(withoutDialect(schema));
}

/** The dialect was checked; the compiler would look for its meta-schema. */
function withoutDialect(schema: JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const { $schema: _, ...rest } = schema;
  return rest;
}

function checkBy(validate: ValidateFunction): ValueCheck {
  return (value, pointer) => (validate(value) ? [] : describeErrors(validate.errors, pointer));
}
