import { compileDecoder } from '../../src/json/decode.js';
import { nameOfAlternative, type JsonSchema } from './json-schema.js';

/** Members and alternatives of a schema that none of the examples has: `#/outcome(failed)/retry_after_ms`. */
export function findUnreached(schema: JsonSchema, examples: readonly unknown[], at = '#'): string[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((alternative) => findInAlternative(alternative, examples, at));
  const members = Object.entries(schema.properties ?? {}).flatMap(([key, member]) => {
    const values = examples
      .filter((example) => isObject(example) && Object.hasOwn(example, key))
      .map((example) => (example as Record<string, unknown>)[key]);
    return values.length === 0 ? [`${at}/${key}`] : findUnreached(member, values, `${at}/${key}`);
  });
  return [...members, ...findInItems(schema.items, examples, `${at}[]`)];
}

function findInAlternative(alternative: JsonSchema, examples: readonly unknown[], at: string): string[] {
  const decode = compileDecoder(alternative);
  const fitting = examples.filter((example) => decode(example).ok);
  const place = `${at}(${nameOfAlternative(alternative)})`;
  return fitting.length === 0 ? [place] : findUnreached(alternative, fitting, place);
}

function findInItems(items: JsonSchema | undefined, examples: readonly unknown[], at: string): string[] {
  if (items === undefined) return [];
  const values = examples.filter(Array.isArray).flat(1) as unknown[];
  return values.length === 0 ? [at] : findUnreached(items, values, at);
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
