import type { JsonSchema } from './json-schema.js';

/** A schema that says all that is known of a constant: its keys and kinds, closed. So that constants are looked up like schemas. */
export function schemaOfConstant(value: unknown, depth = 0): JsonSchema {
  if (depth > 64) return true;
  if (value === null) return { type: 'null' };
  if (Array.isArray(value)) return { type: 'array', prefixItems: value.map((member) => schemaOfConstant(member, depth + 1)) };
  switch (typeof value) {
    case 'string':
      return { type: 'string' };
    case 'number':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    case 'object': {
      const properties: Record<string, JsonSchema> = Object.create(null) as Record<string, JsonSchema>;
      for (const key of Object.keys(value))
        properties[key] = schemaOfConstant((value as Record<string, unknown>)[key], depth + 1);
      return { type: 'object', properties, additionalProperties: false };
    }
    default:
      return true;
  }
}
