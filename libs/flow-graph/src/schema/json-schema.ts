import type { StaticKind } from '../expression/cel-value.js';

/** A JSON Schema as data: only what is certain is read from it, the rest counts as unknown. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

export function isSchemaObject(schema: unknown): schema is { readonly [keyword: string]: unknown } {
  return schema !== null && typeof schema === 'object' && !Array.isArray(schema);
}

const MAX_REFERENCE_HOPS = 10;

/** Follows `$ref`s inside the document (`#/$defs/…`); anything else, or a reference that leads nowhere, says nothing (`true`). */
export function resolveSchema(schema: unknown, root: JsonSchema): JsonSchema {
  let at = schema;
  for (let hop = 0; hop <= MAX_REFERENCE_HOPS; hop += 1) {
    if (typeof at === 'boolean') return at;
    if (!isSchemaObject(at)) return true;
    const reference = at['$ref'];
    if (reference === undefined) return at;
    if (typeof reference !== 'string') return true;
    at = findByPointer(root, reference);
  }
  return true;
}

/** The schema at a local reference (`#`, `#/$defs/lead`), or undefined. */
export function findByPointer(root: JsonSchema, reference: string): unknown {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const segment of reference.slice(2).split('/')) {
    const key = unescapeSegment(segment);
    if (key === null || at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

function unescapeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

const KINDS: Record<string, StaticKind> = {
  string: 'string',
  number: 'double',
  integer: 'double',
  boolean: 'bool',
  array: 'list',
  object: 'map',
  null: 'null',
};

/** The types that a schema allows, or null when it allows any. */
export function allowedTypes(schema: { readonly [keyword: string]: unknown }): readonly string[] | null {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  return Array.isArray(type) && type.every((member) => typeof member === 'string') ? type : null;
}

export function kindOfSchema(schema: JsonSchema): StaticKind {
  if (typeof schema === 'boolean') return 'dyn';
  const types = allowedTypes(schema);
  if (types === null) return 'dyn';
  const kinds = new Set(types.map((type) => KINDS[type] ?? 'dyn'));
  return kinds.size === 1 ? ([...kinds][0] as StaticKind) : 'dyn';
}
