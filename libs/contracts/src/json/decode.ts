import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';

/** A problem at a place: RFC 6901 pointer as URI fragment, a stable code, a sentence for people. */
export interface SchemaProblem {
  pointer: string;
  code: string;
  message: string;
}
export type Decoded<T> = { ok: true; value: T } | { ok: false; problems: SchemaProblem[] };

/** How many problems of one value are told. TypeBox keeps this per process; by itself it stops at 8. */
export const MAX_PROBLEMS = 100;
Settings.Set({ maxErrors: MAX_PROBLEMS });

/**
 * Compiles a schema once into a decoder of unknown values. The value itself is returned (nothing is copied or converted);
 * every problem is reported (up to MAX_PROBLEMS), not only the first. Never throws, whatever the value's keys and texts hold.
 */
export function compileDecoder<T>(schema: TSchema): (value: unknown) => Decoded<T> {
  const validator = Compile(schema);
  return (value) =>
    validator.Check(value) ? { ok: true, value: value as T } : { ok: false, problems: describe(validator.Errors(value)) };
}

interface RawError {
  keyword: string;
  schemaPath: string;
  instancePath: string;
  params: object;
  message: string;
}

function describe(errors: Iterable<RawError>): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  for (const error of errors) {
    const at = pointerOf(error.instancePath);
    switch (error.keyword) {
      // One per unknown key. The sum of them follows as "additionalProperties", and may fall to the limit.
      case 'boolean':
        problems.push({
          pointer: at,
          code: 'unknown_key',
          message: `Unknown key ${JSON.stringify(lastKey(error.instancePath))}`,
        });
        break;
      case 'additionalProperties':
        break;
      case 'required':
        for (const key of (error.params as { requiredProperties: string[] }).requiredProperties) {
          problems.push({ pointer: `${at}/${escapePointer(key)}`, code: 'required', message: `"${key}" is required` });
        }
        break;
      default:
        problems.push({ pointer: at, code: error.keyword, message: error.message });
    }
  }
  return problems;
}

/** @param path a JSON pointer, its segments escaped by RFC 6901 but not yet for a URI. */
function pointerOf(path: string): string {
  return `#${path.split('/').map(encodeFragment).join('/')}`;
}

function lastKey(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

/** One segment of a JSON pointer (RFC 6901), escaped for a URI fragment. */
export function escapePointer(segment: string): string {
  return encodeFragment(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** Half of a surrogate pair has no encoding: it is written as U+FFFD. */
function encodeFragment(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
