import type { JsonValue } from '@flows/contracts';

/** Levels of lists and objects in one event. PostgreSQL's parser and every recursive reader stay far from their stack's end. */
export const MAX_EVENT_DEPTH = 64;

/** JSON may hold what no jsonb column takes; one such event must not take its batch's transaction along. */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])|[eE]\+?\d{3}|\d{309}|\0/i;

/**
 * Why an event cannot be stored, with the place, or null. Almost every event is cleared by one pass over its text.
 * @param text what the value was parsed from; attributes that came as headers are passed as `value` only and looked at themselves.
 */
export function findUnstorable(text: string, value: JsonValue, pointer = '#'): string | null {
  if (depthOf(text) > MAX_EVENT_DEPTH) return `The event is nested more than ${MAX_EVENT_DEPTH} levels deep`;
  return SUSPICIOUS.test(text) ? findIn(value, pointer) : null;
}

/** The same for the attributes of an event in binary mode: texts from headers. */
export function findUnstorableAttribute(event: Record<string, JsonValue>): string | null {
  for (const [name, value] of Object.entries(event)) {
    if (typeof value === 'string' && name !== 'data' && value.includes('\0')) return nul(`#/${name}`);
  }
  return null;
}

function findIn(value: JsonValue, at: string): string | null {
  if (typeof value === 'string') return textProblem(value, at);
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${at} is a number too large to be kept`;
  if (value === null || typeof value !== 'object') return null;
  for (const [key, member] of Object.entries(value)) {
    const place = `${at}/${encodeURIComponent(key.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`;
    const problem = textProblem(key, place) ?? findIn(member, place);
    if (problem !== null) return problem;
  }
  return null;
}

function textProblem(text: string, at: string): string | null {
  if (text.includes('\0')) return nul(at);
  return text.isWellFormed() ? null : `${at} holds half of a surrogate pair, which is no character`;
}

const nul = (at: string): string => `${at} holds the character U+0000, which cannot be kept`;

/** Brackets outside of strings; the text is known to be JSON. */
function depthOf(text: string): number {
  let deepest = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > deepest) deepest = depth;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
    }
  }
  return deepest;
}

/** Index of the quote that closes the string opened at `from`. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}
