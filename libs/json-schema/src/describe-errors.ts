import { escapePointer, MAX_PROBLEMS, type SchemaProblem } from '@flows/contracts';
import type { ErrorObject } from 'ajv/dist/2020.js';

/** A list of allowed values may be as long as its schema. */
const MAX_DETAIL_CHARACTERS = 200;

/**
 * Ajv's errors as problems, at most MAX_PROBLEMS. A missing or unknown key is named by the pointer too.
 * @param pointer of the value that was checked, as the reader of the problems knows it.
 */
export function describeErrors(errors: readonly ErrorObject[] | null | undefined, pointer = '#'): SchemaProblem[] {
  return (errors ?? []).slice(0, MAX_PROBLEMS).map((error) => describe(error, pointer));
}

function describe({ instancePath, keyword, params, message }: ErrorObject, pointer: string): SchemaProblem {
  const at = pointer + instancePath.split('/').map(encodeSegment).join('/');
  const { missingProperty: missing, additionalProperty, unevaluatedProperty } = params as Record<string, string | undefined>;
  if (missing !== undefined)
    return { pointer: `${at}/${escapePointer(missing)}`, code: 'required', message: `"${missing}" is required` };
  const unknown = additionalProperty ?? unevaluatedProperty;
  if (unknown !== undefined)
    return { pointer: `${at}/${escapePointer(unknown)}`, code: 'unknown_key', message: `Unknown key "${unknown}"` };
  return {
    pointer: at,
    code: snakeCase(keyword),
    message: `The value ${message ?? 'does not fit the schema'}${detailOf(keyword, params)}`,
  };
}

/** Ajv has escaped it by RFC 6901 already, but not for a URI. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed());
}

function detailOf(keyword: string, params: Record<string, unknown>): string {
  const allowed = keyword === 'enum' ? params['allowedValues'] : keyword === 'const' ? params['allowedValue'] : undefined;
  if (allowed === undefined) return '';
  const text = JSON.stringify(allowed);
  return `: ${text.length > MAX_DETAIL_CHARACTERS ? `${text.slice(0, MAX_DETAIL_CHARACTERS)}…` : text}`;
}

function snakeCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
