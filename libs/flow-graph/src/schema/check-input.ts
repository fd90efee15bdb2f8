import type { JsonValue } from '@flows/contracts';
import type { StaticKind } from '../expression/cel-value.js';
import { isTemplate } from '../mapping/scan-template.js';
import { allowedTypes, isSchemaObject, resolveSchema, type JsonSchema } from './json-schema.js';
import { pointerSegment } from '../plan/pointer.js';

/** A place of an input that can never be valid. `pointer` is relative to the input, without `#`. */
export interface InputMismatch {
  readonly pointer: string;
  readonly message: string;
}

/**
 * Compares an input, as written in a definition, with the schema of what it is for. Only what is certain before any run is
 * reported: missing and unknown keys, constants of the wrong type or outside of an enum, expressions whose kind is known.
 * @param kinds of places that hold expressions, by pointer.
 */
export function checkInput(input: JsonValue, schema: JsonSchema, kinds: ReadonlyMap<string, StaticKind>): InputMismatch[] {
  const mismatches: InputMismatch[] = [];
  visit(input, schema, '', 0);
  return mismatches;

  function visit(value: JsonValue, given: unknown, pointer: string, depth: number): void {
    const at = resolveSchema(given, schema);
    if (at === true || depth > 64) return;
    if (at === false) return void mismatches.push({ pointer, message: 'Nothing is allowed here' });
    if (Array.isArray(at['allOf'])) for (const part of at['allOf']) visit(value, part, pointer, depth + 1);
    const types = allowedTypes(at);
    const actual = typesOf(value, kinds.get(pointer));
    if (types !== null && actual !== null && !actual.some((type) => types.includes(type))) {
      return void mismatches.push({
        pointer,
        message: `Must be ${types.map(typeWord).join(' or ')}, this is ${typeWord(actual[0] as string)}`,
      });
    }
    if (typeof value === 'string' && isTemplate(value)) return;
    checkAlternatives(value, at, pointer);
    if (Array.isArray(value)) return visitElements(value, at, pointer, depth);
    if (value !== null && typeof value === 'object') visitMembers(value, at, pointer, depth);
  }

  function visitMembers(
    value: { [key: string]: JsonValue },
    at: { readonly [keyword: string]: unknown },
    pointer: string,
    depth: number,
  ): void {
    const properties = isSchemaObject(at['properties']) ? at['properties'] : {};
    const required = Array.isArray(at['required']) ? at['required'] : [];
    for (const key of required) {
      if (typeof key === 'string' && !Object.hasOwn(value, key))
        mismatches.push({ pointer: `${pointer}/${pointerSegment(key)}`, message: `"${key}" is required here` });
    }
    const open = isSchemaObject(at['patternProperties']) && Object.keys(at['patternProperties']).length > 0;
    for (const key of Object.keys(value)) {
      const place = `${pointer}/${pointerSegment(key)}`;
      if (Object.hasOwn(properties, key)) visit(value[key] as JsonValue, properties[key], place, depth + 1);
      else if (open) continue;
      else if (at['additionalProperties'] === false) {
        mismatches.push({
          pointer: place,
          message: `There is no "${key}" here; there is ${Object.keys(properties).join(', ') || 'nothing'}`,
        });
      } else if (isSchemaObject(at['additionalProperties']))
        visit(value[key] as JsonValue, at['additionalProperties'], place, depth + 1);
    }
  }

  function visitElements(
    value: readonly JsonValue[],
    at: { readonly [keyword: string]: unknown },
    pointer: string,
    depth: number,
  ): void {
    const prefix = Array.isArray(at['prefixItems']) ? at['prefixItems'] : [];
    value.forEach((element, index) => {
      const schemaOfElement: unknown = index < prefix.length ? prefix[index] : at['items'];
      if (schemaOfElement !== undefined) visit(element, schemaOfElement, `${pointer}/${index}`, depth + 1);
    });
  }

  /** `enum` and `const` of scalars. */
  function checkAlternatives(value: JsonValue, at: { readonly [keyword: string]: unknown }, pointer: string): void {
    if (value !== null && typeof value === 'object') return;
    const allowed = Array.isArray(at['enum']) ? (at['enum'] as unknown[]) : Object.hasOwn(at, 'const') ? [at['const']] : null;
    if (allowed === null || allowed.includes(value)) return;
    mismatches.push({
      pointer,
      message: `Must be ${allowed
        .slice(0, 20)
        .map((member) => JSON.stringify(member))
        .join(' or ')}`,
    });
  }
}

const TYPES: Partial<Record<StaticKind, readonly string[]>> = {
  string: ['string'],
  timestamp: ['string'],
  duration: ['string'],
  bool: ['boolean'],
  int: ['integer', 'number'],
  double: ['number', 'integer'],
  list: ['array'],
  map: ['object'],
  null: ['null'],
};

/** The JSON types that a place may have, or null when that is not known. */
function typesOf(value: JsonValue, kind: StaticKind | undefined): readonly string[] | null {
  if (typeof value === 'string') return isTemplate(value) ? (TYPES[kind ?? 'dyn'] ?? null) : ['string'];
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
  return typeof value === 'boolean' ? ['boolean'] : ['object'];
}

function typeWord(type: string): string {
  const words: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'a boolean',
    array: 'a list',
    object: 'an object',
  };
  return words[type] ?? type;
}
