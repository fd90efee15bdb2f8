import { escapePointer, MAX_PROBLEMS, type SchemaProblem } from './decode.js';

/** JSON can say what no jsonb column and no JSON reader after us takes: U+0000, half a surrogate pair, numbers beyond a double. */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])|[eE]\+?\d{3}|\d{309}|\0/i;

/**
 * The places of a value, up to MAX_PROBLEMS, that cannot be stored. One of them would fail the transaction that it shares with others.
 * @param value of bounded depth; see `isDeeperThan`.
 * @param text what the value was parsed from, where there is one: a pass over it clears almost every value.
 */
export function findUnstorable(value: unknown, text?: string): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  if (text === undefined || SUSPICIOUS.test(text)) collect(value, '#', problems);
  return problems;
}

function collect(value: unknown, pointer: string, problems: SchemaProblem[]): void {
  if (typeof value === 'string') return checkText(value, pointer, problems);
  if (typeof value === 'number') return checkNumber(value, pointer, problems);
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    if (problems.length >= MAX_PROBLEMS) return;
    const place = `${pointer}/${escapePointer(key)}`;
    checkText(key, place, problems);
    collect(member, place, problems);
  }
}

function checkNumber(value: number, pointer: string, problems: SchemaProblem[]): void {
  if (!Number.isFinite(value))
    problems.push({ pointer, code: 'number_too_large', message: 'The number is too large to be kept' });
}

function checkText(text: string, pointer: string, problems: SchemaProblem[]): void {
  if (text.includes('\0'))
    problems.push({ pointer, code: 'nul_character', message: 'The text holds the character U+0000, which cannot be kept' });
  else if (!text.isWellFormed())
    problems.push({ pointer, code: 'lone_surrogate', message: 'The text holds half of a surrogate pair, which is no character' });
}

/** An escape of U+0000 or of half a surrogate pair (whole pairs are written as they are), and no backslash that is itself escaped. */
const UNSTORABLE_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Whether the value behind a text holds characters that cannot be stored. @param text by JSON.stringify, nobody else's JSON. */
export function writesUnstorable(text: string): boolean {
  return UNSTORABLE_ESCAPE.test(text);
}
