import { Ajv2020 } from 'ajv/dist/2020.js';
import { findByPointer, isSchemaObject, type JsonSchema } from './json-schema.js';
import { pointerSegment } from '../plan/pointer.js';

/** Bounds of a payload's schema: it is compiled and run for every payload. */
export const MAX_SCHEMA_CHARACTERS = 32 * 1024;
export const MAX_SCHEMA_DEPTH = 16;

export interface SchemaFault {
  /** Relative to the schema, without `#`. */
  readonly pointer: string;
  readonly message: string;
}

/** Keywords whose value is data, and those whose value maps names to schemas. */
const DATA_KEYWORDS = new Set(['const', 'enum', 'default', 'examples']);
const NAMING_KEYWORDS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

const validator = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false });

/** What is wrong with a JSON Schema 2020-12 of a payload: form, size, depth, references that leave the document or lead nowhere. */
export function checkInputSchema(schema: JsonSchema): SchemaFault[] {
  if (typeof schema === 'boolean') return [];
  const size = JSON.stringify(schema).length;
  if (size > MAX_SCHEMA_CHARACTERS)
    return [{ pointer: '', message: `A schema has at most ${MAX_SCHEMA_CHARACTERS} characters of JSON, this one has ${size}` }];
  const faults: SchemaFault[] = [];
  visit(schema, '', 1, false);
  if (faults.length > 0) return faults;
  return validator.validateSchema(schema) === true ? [] : metaSchemaFaults();

  /** @param named the keys of `value` are names (of properties, of definitions), no keywords. */
  function visit(value: unknown, pointer: string, depth: number, named: boolean): void {
    if (value === null || typeof value !== 'object') return;
    if (depth > MAX_SCHEMA_DEPTH)
      return void faults.push({ pointer, message: `A schema is at most ${MAX_SCHEMA_DEPTH} levels deep` });
    if (isSchemaObject(value) && !named) {
      checkReference(value['$ref'], `${pointer}/$ref`);
      checkReference(value['$dynamicRef'], `${pointer}/$dynamicRef`);
      checkPattern(value['pattern'], `${pointer}/pattern`);
    }
    for (const [key, member] of Object.entries(value)) {
      if (named || !DATA_KEYWORDS.has(key))
        visit(member, `${pointer}/${pointerSegment(key)}`, depth + 1, !named && NAMING_KEYWORDS.has(key));
    }
  }

  function checkReference(reference: unknown, pointer: string): void {
    if (typeof reference !== 'string') return;
    const found = findByPointer(schema, reference);
    if (typeof found === 'boolean' || isSchemaObject(found)) return;
    faults.push({
      pointer,
      message: `The reference "${reference.slice(0, 100)}" leads to no schema in here; only references such as "#/$defs/lead" are allowed`,
    });
  }

  function checkPattern(pattern: unknown, pointer: string): void {
    if (typeof pattern !== 'string') return;
    try {
      new RegExp(pattern, 'u');
    } catch (error) {
      faults.push({ pointer, message: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** One fault per place: a keyword that fits none of several forms is told once. */
function metaSchemaFaults(): SchemaFault[] {
  const faults = new Map<string, SchemaFault>();
  for (const { instancePath, message, keyword } of validator.errors ?? []) {
    const pointer = encodeURI(instancePath.toWellFormed());
    if (!faults.has(pointer)) faults.set(pointer, { pointer, message: `Not JSON Schema 2020-12: ${message ?? keyword}` });
  }
  return faults.size > 0 ? [...faults.values()] : [{ pointer: '', message: 'Not JSON Schema 2020-12' }];
}
