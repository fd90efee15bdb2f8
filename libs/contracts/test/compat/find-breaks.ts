import { ANNOTATIONS, nameOfAlternative, type JsonSchema } from './json-schema.js';

/**
 * What a change of a schema breaks for messages and readers of the same major version. Allowed are new optional members, new
 * alternatives of a union, new members of an enum, wider bounds, dropped formats. Everything else is a break:
 * what is gone, what has become required or no longer is, what has another type, what has become narrower.
 * Texts are not compared by what they match: any change of a pattern counts as narrower. A description may change.
 */
export interface Break {
  /** Place in the schema before the change, members by name: `#/outcome(failed)/error/code`. */
  at: string;
  what: 'removed' | 'required' | 'no longer required' | 'changed' | 'narrowed';
  detail: string;
}

const SCALARS = ['type', 'const'] as const;
const LOWER_BOUNDS = ['minimum', 'minLength', 'minItems'] as const;
const UPPER_BOUNDS = ['maximum', 'maxLength', 'maxItems'] as const;
const TEXT_RULES = ['pattern', 'format'] as const;
const UNDERSTOOD = new Set<string>([
  ...[...ANNOTATIONS, ...SCALARS, ...LOWER_BOUNDS, ...UPPER_BOUNDS, ...TEXT_RULES],
  ...['enum', 'properties', 'required', 'additionalProperties', 'patternProperties', 'items', 'anyOf'],
]);

/** @throws when either schema uses a keyword that is not understood here: silence would not mean compatible. */
export function findBreaks(before: JsonSchema, after: JsonSchema, at = '#'): Break[] {
  refuseUnknownKeywords(before, at);
  refuseUnknownKeywords(after, at);
  if (before.anyOf !== undefined || after.anyOf !== undefined)
    return findInUnion(before.anyOf ?? [before], after.anyOf ?? [after], at);
  return [...findInValue(before, after, at), ...findInMembers(before, after, at), ...findInParts(before, after, at)];
}

/** A union keeps every alternative: one that is as it was, or else the one of the same name, with its breaks. */
function findInUnion(before: JsonSchema[], after: JsonSchema[], at: string): Break[] {
  return before.flatMap((old) => {
    if (after.some((alternative) => findBreaks(old, alternative).length === 0)) return [];
    const place = `${at}(${nameOfAlternative(old)})`;
    const successor = after.find((alternative) => nameOfAlternative(alternative) === nameOfAlternative(old));
    return successor === undefined ? [gone(place)] : findBreaks(old, successor, place);
  });
}

function findInValue(before: JsonSchema, after: JsonSchema, at: string): Break[] {
  const breaks: Break[] = [];
  for (const key of SCALARS) if (before[key] !== after[key]) breaks.push(changed(at, key, before[key], after[key]));
  for (const key of LOWER_BOUNDS)
    if ((after[key] ?? -Infinity) > (before[key] ?? -Infinity)) breaks.push(narrowed(at, key, before[key], after[key]));
  for (const key of UPPER_BOUNDS)
    if ((after[key] ?? Infinity) < (before[key] ?? Infinity)) breaks.push(narrowed(at, key, before[key], after[key]));
  for (const key of TEXT_RULES) {
    if (after[key] !== undefined && after[key] !== before[key]) breaks.push(narrowed(at, key, before[key], after[key]));
  }
  if ((before.enum === undefined) !== (after.enum === undefined)) breaks.push(changed(at, 'enum', before.enum, after.enum));
  else
    for (const value of before.enum ?? [])
      if (!after.enum?.includes(value)) breaks.push(gone(at, `enum no longer has ${JSON.stringify(value)}`));
  return breaks;
}

function findInMembers(before: JsonSchema, after: JsonSchema, at: string): Break[] {
  const breaks: Break[] = [];
  for (const [key, old] of Object.entries(before.properties ?? {})) {
    const now = after.properties?.[key];
    breaks.push(...(now === undefined ? [gone(`${at}/${key}`)] : findBreaks(old, now, `${at}/${key}`)));
  }
  const [was, is] = [before.required ?? [], after.required ?? []];
  for (const key of is)
    if (!was.includes(key)) breaks.push({ at: `${at}/${key}`, what: 'required', detail: 'messages may lack it' });
  for (const key of was)
    if (!is.includes(key)) breaks.push({ at: `${at}/${key}`, what: 'no longer required', detail: 'readers count on it' });
  if (before.additionalProperties !== false && after.additionalProperties === false) {
    breaks.push(narrowed(at, 'additionalProperties', before.additionalProperties, false));
  }
  return breaks;
}

function findInParts(before: JsonSchema, after: JsonSchema, at: string): Break[] {
  const pairs: [string, JsonSchema | undefined, JsonSchema | undefined][] = [['[]', before.items, after.items]];
  const patterns = new Set([...Object.keys(before.patternProperties ?? {}), ...Object.keys(after.patternProperties ?? {})]);
  for (const pattern of patterns)
    pairs.push([`{${pattern}}`, before.patternProperties?.[pattern], after.patternProperties?.[pattern]]);
  return pairs.flatMap(([part, old, now]): Break[] => {
    if (old === undefined && now === undefined) return [];
    if (old === undefined || now === undefined) return [changed(`${at}${part}`, 'schema', old, now)];
    return findBreaks(old, now, `${at}${part}`);
  });
}

function refuseUnknownKeywords(schema: JsonSchema, at: string): void {
  const unknown = Object.keys(schema).filter((keyword) => !UNDERSTOOD.has(keyword));
  if (unknown.length > 0) throw new Error(`${at}: teach findBreaks the keyword ${unknown.join(', ')}`);
  if (typeof schema.additionalProperties === 'object') throw new Error(`${at}: teach findBreaks schemas as additionalProperties`);
}

const gone = (at: string, detail = 'is gone'): Break => ({ at, what: 'removed', detail });
const changed = (at: string, keyword: string, from: unknown, to: unknown): Break => ({
  at,
  what: 'changed',
  detail: `${keyword}: ${shown(from)} → ${shown(to)}`,
});
const narrowed = (at: string, keyword: string, from: unknown, to: unknown): Break => ({
  ...changed(at, keyword, from, to),
  what: 'narrowed',
});
const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
