import { findUnstorable, isDeeperThan } from '@flows/contracts';
import { ApiProblem, validationFailed } from './api-problem.js';

/** Deeper JSON is refused at the door: whatever walks a value later may recurse. */
const MAX_JSON_DEPTH = 100;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The value of a request body; an empty one is none. Strict UTF-8, bounded depth, and nothing that could not be stored.
 * @param parse refuses what no honest client sends: `__proto__`, or `constructor.prototype`, as keys.
 * @throws ApiProblem `malformed_json`, `validation_failed`
 */
export function parseJsonBody(body: Buffer, parse: (text: string) => unknown): unknown {
  if (body.length === 0) return undefined;
  const text = decode(body);
  if (isDeeperThan(text, MAX_JSON_DEPTH))
    throw new ApiProblem('malformed_json', `The body is nested deeper than ${MAX_JSON_DEPTH} levels`);
  const value = parseText(text, parse);
  const unstorable = findUnstorable(value, text);
  if (unstorable.length > 0) throw validationFailed(unstorable);
  return value;
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new ApiProblem('malformed_json', 'The body is not UTF-8');
  }
}

function parseText(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new ApiProblem('malformed_json', error instanceof Error ? error.message : String(error));
  }
}
