import type { StaticKind } from '../expression/cel-value.js';
import { allowedTypes, isSchemaObject, kindOfSchema, resolveSchema, type JsonSchema } from './json-schema.js';

/**
 * What a schema says about a path.
 * `absent`: a valid value can never have it. `unlisted`: it may, but the schema lists others and not this one.
 */
export type PathKnowledge =
  | { readonly state: 'known'; readonly kind: StaticKind }
  | { readonly state: 'absent' | 'unlisted'; readonly at: number; readonly listed: readonly string[]; readonly kind: StaticKind }
  | { readonly state: 'unknown' };

const UNKNOWN: PathKnowledge = { state: 'unknown' };
/** Keywords that may allow keys which `properties` does not list. */
const COMBINING = ['allOf', 'anyOf', 'oneOf', 'if', 'not', 'dependentSchemas', '$dynamicRef', 'unevaluatedProperties'];

export function lookUpPath(schema: JsonSchema, segments: readonly (string | number)[]): PathKnowledge {
  let at = resolveSchema(schema, schema);
  for (let index = 0; index < segments.length; index += 1) {
    if (typeof at === 'boolean') return UNKNOWN;
    const next =
      typeof segments[index] === 'string' ? member(at, segments[index] as string) : element(at, segments[index] as number);
    if (next === 'absent' || next === 'unlisted')
      return { state: next, at: index, listed: listedKeys(at), kind: kindOfSchema(at) };
    if (next === null) return UNKNOWN;
    at = resolveSchema(next.schema, schema);
  }
  return { state: 'known', kind: kindOfSchema(at) };
}

type Next = { readonly schema: unknown } | 'absent' | 'unlisted' | null;

function member(schema: { readonly [keyword: string]: unknown }, key: string): Next {
  const types = allowedTypes(schema);
  if (types !== null && !types.includes('object')) return 'absent';
  const { properties, patternProperties, additionalProperties } = schema;
  if (isSchemaObject(properties) && Object.hasOwn(properties, key)) return { schema: properties[key] };
  if (isSchemaObject(patternProperties) && Object.keys(patternProperties).length > 0) return null;
  if (additionalProperties === false) return 'absent';
  if (isSchemaObject(additionalProperties)) return { schema: additionalProperties };
  if (COMBINING.some((keyword) => Object.hasOwn(schema, keyword))) return null;
  return isSchemaObject(properties) && Object.keys(properties).length > 0 ? 'unlisted' : null;
}

function element(schema: { readonly [keyword: string]: unknown }, index: number): Next {
  const types = allowedTypes(schema);
  if (types !== null && !types.includes('array')) return 'absent';
  const { prefixItems, items } = schema;
  if (Array.isArray(prefixItems) && index < prefixItems.length) return { schema: prefixItems[index] };
  return items === undefined ? null : { schema: items };
}

function listedKeys(schema: { readonly [keyword: string]: unknown }): string[] {
  return isSchemaObject(schema['properties']) ? Object.keys(schema['properties']) : [];
}
