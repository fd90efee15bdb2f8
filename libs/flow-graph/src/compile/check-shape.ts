import { compileDecoder, type SchemaProblem } from '@flows/contracts';
import type { ProblemList } from './problem-list.js';
import { pointerSegment } from '../plan/pointer.js';

/** Any object of a definition whose members have schemas: what `Type.Object` of the contracts is made of. */
interface ObjectSchema {
  properties: Record<string, object>;
  required?: string[];
}
type Decoder = ReturnType<typeof compileDecoder<unknown>>;

/**
 * Checks an object member by member against a strict schema of the contracts, so that every member has its own problem, and one
 * only: a value that fits none of several alternatives is one mistake, not one per alternative.
 */
export class ShapeCheck {
  readonly #members: ReadonlyMap<string, Decoder>;
  readonly #required: readonly string[];

  /** @param except members that other rules check. */
  constructor(schema: object, except: readonly string[] = []) {
    const { properties, required } = schema as ObjectSchema;
    const decode = (member: object): Decoder => compileDecoder<unknown>(member);
    this.#members = new Map(
      Object.entries(properties).map(([key, member]) => [key, except.includes(key) ? ANYTHING : decode(member)]),
    );
    this.#required = required ?? [];
  }

  /** True when nothing is wrong. */
  check(value: Readonly<Record<string, unknown>>, pointer: string, problems: ProblemList, stepId?: string | null): boolean {
    let sound = true;
    const report = (at: string, code: string, message: string): void => {
      sound = false;
      problems.add(at, code, message, stepId);
    };
    for (const key of this.#required) {
      if (!Object.hasOwn(value, key)) report(`${pointer}/${pointerSegment(key)}`, 'required', `"${key}" is required`);
    }
    for (const key of Object.keys(value)) {
      const at = `${pointer}/${pointerSegment(key)}`;
      const decode = this.#members.get(key);
      if (decode === undefined)
        report(at, 'unknown_key', `Unknown key "${key}"; there is ${[...this.#members.keys()].join(', ')}`);
      else
        for (const problem of oneByPlace(decode(value[key]))) report(`${at}${problem.pointer.slice(1)}`, ...codeOf(key, problem));
    }
    return sound;
  }
}

const ANYTHING: Decoder = (value) => ({ ok: true, value });

/** Alternatives yield a problem each, and one that none fits, at their own place: only the last is kept, and nothing below it. */
function oneByPlace(decoded: ReturnType<Decoder>): SchemaProblem[] {
  if (decoded.ok) return [];
  const places = new Map<string, SchemaProblem>();
  for (const problem of decoded.problems) {
    if (problem.code === 'unknown_key' || problem.code === 'required') places.set(`${problem.pointer} ${problem.code}`, problem);
    else if (!places.has(problem.pointer) || problem.code === 'anyOf') places.set(problem.pointer, problem);
  }
  const unions = [...places.values()].filter(({ code }) => code === 'anyOf').map(({ pointer }) => pointer);
  return [...places.values()].filter(
    ({ pointer, code }) => code === 'anyOf' || !unions.some((union) => pointer.startsWith(union)),
  );
}

const DURATION_KEYS = new Set(['timeout', 'for', 'due', 'initial_interval', 'max_interval', 'max_elapsed']);

/** The validator's keyword to our stable code and a sentence. */
function codeOf(member: string, { pointer, code, message }: SchemaProblem): [code: string, message: string] {
  const key = pointer.slice(pointer.lastIndexOf('/') + 1) || member;
  const name = pointer === '#' ? member : key;
  if (code === 'unknown_key' || code === 'required') return [code, message];
  if (DURATION_KEYS.has(name)) return ['invalid_duration', `"${name}" is a duration such as "30s", "2m", "1h30m" or "7d"`];
  if (member === 'on_error') return ['invalid_value', '"on_error" is "halt", "continue" or { "goto": "a step id" }'];
  if (member === 'since') return ['invalid_value', '"since" is "run", "step" or a duration such as "1h"'];
  if (member === 'expect') return ['invalid_value', '"expect" is a list of statuses (100 to 599) or ranges such as "2xx"'];
  if (code === 'type') return ['invalid_type', `"${name}" ${message}`];
  return ['invalid_value', `"${name}" ${message}`];
}
