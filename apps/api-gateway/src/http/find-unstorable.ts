import { escapePointer } from '@flows/contracts';
import type { FieldProblem } from './api-problem.js';

/** JSON can say what no jsonb column and no JSON reader after us takes: U+0000, half a surrogate pair, numbers beyond a double. */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])|[eE]\+?\d{3}|\d{309}/i;

/**
 * Every such place of a body. One of them would fail the transaction that it shares with other requests.
 * @param text what the value was parsed from: one pass over it clears almost every body.
 */
export function findUnstorable(text: string, value: unknown): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (SUSPICIOUS.test(text)) collect(value, '#', problems);
  return problems;
}

function collect(value: unknown, pointer: string, problems: FieldProblem[]): void {
  if (typeof value === 'string') return checkText(value, pointer, problems);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    problems.push({ pointer, code: 'number_too_large', message: 'The number is too large to be kept' });
  }
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    const place = `${pointer}/${escapePointer(key.toWellFormed())}`;
    checkText(key, place, problems);
    collect(member, place, problems);
  }
}

function checkText(text: string, pointer: string, problems: FieldProblem[]): void {
  if (text.includes('\0'))
    problems.push({ pointer, code: 'nul_character', message: 'The text holds the character U+0000, which cannot be kept' });
  else if (!text.isWellFormed())
    problems.push({ pointer, code: 'lone_surrogate', message: 'The text holds half of a surrogate pair, which is no character' });
}
