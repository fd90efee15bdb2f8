/** The part of JSON Schema 2020-12 that our schemas are written in. What reads them refuses any other keyword, so that none is overlooked. */
export interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean;
  patternProperties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  pattern?: string;
  format?: string;
  minimum?: number;
  minLength?: number;
  minItems?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
}

export const ANNOTATIONS = ['$schema', '$id', 'title', 'description'];

/** Members that tell the alternatives of a union apart, by the names we give them. */
const DISCRIMINATORS = ['type', 'kind', 'status'];

/** "failed", "http", … : how a person would call an alternative of a union; its type where it has no name. */
export function nameOfAlternative(schema: JsonSchema): string {
  for (const member of DISCRIMINATORS) {
    const value = schema.properties?.[member]?.const;
    if (typeof value === 'string') return value;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const members = Object.keys(schema.properties ?? {});
  return members.length > 0 ? `{ ${members.join(', ')} }` : (schema.type ?? 'anything');
}
