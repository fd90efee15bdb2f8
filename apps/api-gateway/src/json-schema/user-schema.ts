import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { escapePointer } from '@flows/contracts';
import { RE2JS } from 're2js';
import type { FieldProblem } from '../http/api-problem.js';
import { isDeeperThan } from '../http/json-depth.js';

/**
 * JSON Schemas (2020-12) that users write, and values checked against them.
 * Untrusted on both sides: bounded in size and depth, no `$ref` that leaves the document, no asynchronous schemas, patterns run
 * in linear time, and every schema is compiled in a world of its own, so that none can reach another one's `$id`.
 */
const MAX_SCHEMA_BYTES = 32 * 1024;
const MAX_SCHEMA_DEPTH = 16;
const MAX_PROBLEMS = 100;

export type JsonSchema = Record<string, unknown> | boolean;
export interface ValueCheck {
  /** @param pointer of the value in the body, such as `#/payload`. Empty when the value fits. */
  problems(value: unknown, pointer: string): FieldProblem[];
}
export type SchemaCompilation = { ok: true; check: ValueCheck } | { ok: false; problems: FieldProblem[] };

const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text: string) => compiled.matcher(text).find() };
  },
  { code: 'linearRegExp' },
);
const metaSchema = new Ajv2020({ allErrors: true, strict: false });

/** @param pointer of the schema in the body, such as `#/input_schema`. */
export function compileUserSchema(schema: JsonSchema, pointer: string): SchemaCompilation {
  const refuse = (at: string, code: string, message: string): SchemaCompilation => ({
    ok: false,
    problems: [{ pointer: `${pointer}${at}`, code, message }],
  });
  const text = Buffer.from(JSON.stringify(schema));
  if (text.length > MAX_SCHEMA_BYTES)
    return refuse('', 'schema_too_large', `A schema has at most ${MAX_SCHEMA_BYTES} bytes, this one has ${text.length}`);
  if (isDeeperThan(text, MAX_SCHEMA_DEPTH))
    return refuse('', 'schema_too_deep', `A schema is nested at most ${MAX_SCHEMA_DEPTH} levels deep`);
  if (typeof schema === 'object' && schema['$async'] !== undefined)
    return refuse('/$async', 'unsupported_keyword', 'Asynchronous schemas are not supported');
  if (
    typeof schema === 'object' &&
    schema['$schema'] !== undefined &&
    !/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(String(schema['$schema']))
  ) {
    return refuse(
      '/$schema',
      'unsupported_dialect',
      'Schemas are of JSON Schema 2020-12; leave "$schema" out or name that draft',
    );
  }
  if (!metaSchema.validateSchema(schema)) {
    return { ok: false, problems: describe(metaSchema.errors ?? [], pointer) };
  }
  const ajv = new Ajv2020({ allErrors: true, strict: false, meta: false, validateSchema: false, code: { regExp: linearRegExp } });
  addFormats.default(ajv, { mode: 'fast' });
  try {
    return { ok: true, check: new CompiledCheck(ajv.compile(withoutDialect(schema))) };
  } catch (error) {
    return refuse('', 'invalid_schema', error instanceof Error ? error.message : String(error));
  }
}

class CompiledCheck implements ValueCheck {
  constructor(private readonly validate: ValidateFunction) {}

  problems(value: unknown, pointer: string): FieldProblem[] {
    return this.validate(value) ? [] : describe(this.validate.errors ?? [], pointer);
  }
}

/** The dialect was checked; the compiler would look for its meta-schema. */
function withoutDialect(schema: JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const { $schema: _, ...rest } = schema;
  return rest;
}

function describe(errors: readonly ErrorObject[], pointer: string): FieldProblem[] {
  return errors.slice(0, MAX_PROBLEMS).map(({ instancePath, keyword, params, message }) => {
    const place = instancePath
      .split('/')
      .slice(1)
      .map((segment) => `/${encodeURIComponent(segment)}`)
      .join('');
    const { missingProperty, additionalProperty, unevaluatedProperty } = params as Record<string, string | undefined>;
    const unknown = additionalProperty ?? unevaluatedProperty;
    if (missingProperty !== undefined) {
      return {
        pointer: `${pointer}${place}/${escapePointer(missingProperty)}`,
        code: 'required',
        message: `"${missingProperty}" is required`,
      };
    }
    if (unknown !== undefined)
      return {
        pointer: `${pointer}${place}/${escapePointer(unknown)}`,
        code: 'unknown_key',
        message: `Unknown key "${unknown}"`,
      };
    return {
      pointer: `${pointer}${place}`,
      code: snakeCase(keyword),
      message: `The value ${message ?? 'does not fit the schema'}${detailOf(keyword, params)}`,
    };
  });
}

function detailOf(keyword: string, params: Record<string, unknown>): string {
  if (keyword === 'enum') return `: ${JSON.stringify(params['allowedValues'])}`;
  if (keyword === 'const') return `: ${JSON.stringify(params['allowedValue'])}`;
  return '';
}

function snakeCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
