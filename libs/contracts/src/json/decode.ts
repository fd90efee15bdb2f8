import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** A problem at a place: RFC 6901 pointer as URI fragment, a stable code, a sentence for people. */
export interface SchemaProblem {
  pointer: string;
  code: string;
  message: string;
}
export type Decoded<T> = { ok: true; value: T } | { ok: false; problems: SchemaProblem[] };

/**
 * Compiles a schema once into a decoder of unknown values. The value itself is returned (nothing is copied or converted);
 * every problem is reported, not only the first.
 */
export function compileDecoder<T>(schema: TSchema): (value: unknown) => Decoded<T> {
  const validator = Compile(schema);
  return (value) => (validator.Check(value) ? { ok: true, value: value as T } : { ok: false, problems: describe(validator.Errors(value)) });
}

interface RawError {
  keyword: string;
  instancePath: string;
  params: object;
  message: string;
}

function describe(errors: Iterable<RawError>): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  for (const error of errors) {
    const params = error.params as { additionalProperties?: string[]; requiredProperties?: string[] };
    const at = `#${encodeURI(error.instancePath)}`;
    if (params.additionalProperties) {
      for (const key of params.additionalProperties) problems.push({ pointer: `${at}/${escapePointer(key)}`, code: 'unknown_key', message: `Unknown key "${key}"` });
    } else if (params.requiredProperties) {
      for (const key of params.requiredProperties) problems.push({ pointer: `${at}/${escapePointer(key)}`, code: 'required', message: `"${key}" is required` });
    } else if (error.keyword !== 'boolean') {
      problems.push({ pointer: at, code: error.keyword, message: error.message });
    }
  }
  return problems;
}

/** One segment of a JSON pointer (RFC 6901), escaped for a URI fragment. */
export function escapePointer(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}
