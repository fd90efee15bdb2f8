import type { JsonObject, JsonValue } from '@flows/contracts';
import { fillNumber, fillText } from './fill-scalar.js';
import { findByName } from './find-by-name.js';
import { scoreLead } from './lead-score.js';

/** Schemas may refer to themselves; deeper than this nothing is filled. */
const MAX_DEPTH = 12;
export const MADE_BY = 'offline';

interface Scope {
  root: JsonObject;
  input: JsonValue;
}

/**
 * A value for a schema, by rules from the input: equal input gives equal output. Covers what output schemas commonly use; the runtime
 * checks the result like that of any provider, so a schema beyond the rules is an error and never a wrong output.
 */
export function fillSchema(schema: JsonObject, input: JsonValue): JsonValue {
  const scope = { root: schema, input };
  const filled = fill(schema, 'output', scope, 0);
  return filled === undefined ? {} : signed(filled, resolve(schema, scope));
}

/** Says who made it, where the schema leaves room. */
function signed(value: JsonValue, schema: JsonObject): JsonValue {
  if (!isObject(value)) return value;
  const declared = isObject(schema['properties']) ? schema['properties']['made_by'] : undefined;
  const open = schema['additionalProperties'] === undefined && schema['unevaluatedProperties'] === undefined;
  return declared !== undefined || open || schema['additionalProperties'] === true ? { ...value, made_by: MADE_BY } : value;
}

function fill(unresolved: JsonValue, name: string, scope: Scope, depth: number): JsonValue | undefined {
  if (!isObject(unresolved) || depth > MAX_DEPTH) return undefined;
  const schema = resolve(unresolved, scope);
  if (schema['const'] !== undefined) return schema['const'];
  const found = findByName(scope.input, name);
  if (Array.isArray(schema['enum'])) return chooseFrom(schema['enum'], found, scope.input);
  switch (typeOf(schema)) {
    case 'object':
      return fillObject(schema, scope, depth);
    case 'array':
      return fillArray(schema, name, found, scope, depth);
    case 'string':
      return fillText(schema, name, found, scope.input);
    case 'number':
    case 'integer':
      return fillNumber(schema, name, found, scope.input);
    case 'boolean':
      return typeof found === 'boolean'
        ? found
        : /qualif|fit|good|approve|should/i.test(name)
          ? scoreLead(scope.input) >= 50
          : false;
    case 'null':
      return null;
    default:
      return schema['default'] ?? found;
  }
}

function fillObject(schema: JsonObject, scope: Scope, depth: number): JsonObject {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const filled: JsonObject = {};
  for (const [name, member] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {})) {
    const value = fill(member, name, scope, depth + 1);
    if (value !== undefined) filled[name] = value;
    else if (required.includes(name)) filled[name] = null;
  }
  return filled;
}

function fillArray(schema: JsonObject, name: string, found: JsonValue | undefined, scope: Scope, depth: number): JsonValue[] {
  if (Array.isArray(found)) return found.slice(0, typeof schema['maxItems'] === 'number' ? schema['maxItems'] : undefined);
  const least = typeof schema['minItems'] === 'number' ? Math.min(schema['minItems'], 100) : 0;
  const item = fill(schema['items'] ?? {}, name.replace(/s$/, ''), scope, depth + 1) ?? null;
  return Array.from({ length: least }, () => item);
}

/** The first choice that the input names: in the field of the same name, else anywhere; else the first of all. */
function chooseFrom(choices: JsonValue[], found: JsonValue | undefined, input: JsonValue): JsonValue {
  const texts = [found === undefined ? '' : JSON.stringify(found), JSON.stringify(input)].map((text) => text.toLowerCase());
  for (const text of texts) {
    const match = choices.find((choice) => typeof choice === 'string' && choice !== '' && text.includes(choice.toLowerCase()));
    if (match !== undefined) return match;
  }
  return choices[0] ?? null;
}

/** Follows local references, takes the first alternative, and lays the parts of `allOf` over each other. */
function resolve(schema: JsonObject, scope: Scope, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) return schema;
  const target = typeof schema['$ref'] === 'string' ? lookUp(scope.root, schema['$ref']) : undefined;
  if (target !== undefined) return resolve({ ...target, ...without(schema, '$ref') }, scope, depth + 1);
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const first = Array.isArray(schema[keyword])
      ? schema[keyword].find((part) => isObject(part) && part['type'] !== 'null')
      : undefined;
    if (first !== undefined && isObject(first)) return resolve({ ...without(schema, keyword), ...first }, scope, depth + 1);
  }
  if (!Array.isArray(schema['allOf'])) return schema;
  const parts = schema['allOf'].filter(isObject).map((part) => resolve(part, scope, depth + 1));
  return [...parts, without(schema, 'allOf')].reduce(merge, {});
}

function merge(a: JsonObject, b: JsonObject): JsonObject {
  const properties = { ...(a['properties'] as JsonObject | undefined), ...(b['properties'] as JsonObject | undefined) };
  const required = [...((a['required'] as JsonValue[] | undefined) ?? []), ...((b['required'] as JsonValue[] | undefined) ?? [])];
  return {
    ...a,
    ...b,
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
  };
}

function lookUp(root: JsonObject, ref: string): JsonObject | undefined {
  if (!ref.startsWith('#/')) return undefined;
  let at: JsonValue | undefined = root;
  for (const segment of ref.slice(2).split('/')) {
    if (at === undefined || !isObject(at)) return undefined;
    at = at[decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at !== undefined && isObject(at) ? at : undefined;
}

function typeOf(schema: JsonObject): string | undefined {
  const type = schema['type'];
  if (Array.isArray(type)) return type.find((one): one is string => typeof one === 'string' && one !== 'null') ?? 'null';
  if (typeof type === 'string') return type;
  return isObject(schema['properties']) ? 'object' : undefined;
}

function without(schema: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = schema;
  return rest;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
