import type { CelValue } from '../cel-value.js';
import { EvaluationFailure } from '../evaluation-failure.js';
import type { Frame } from '../frame.js';
import { define, type FunctionTable } from './cel-function.js';

/** Positions and lengths count Unicode code points, as CEL has it; a text without surrogates takes the fast path. */
const SURROGATE = /[\ud800-\udfff]/;
const needsCodePoints = (text: string): boolean => SURROGATE.test(text);
const lengthOf = (text: string): number => (needsCodePoints(text) ? Array.from(text).length : text.length);

export const SIZE_FUNCTIONS: FunctionTable = {
  size: [
    define(['string'], 'int', ([text], frame) => {
      frame.spendText(text.length);
      return BigInt(lengthOf(text));
    }),
    define(['list'], 'int', ([list]) => BigInt(list.length)),
    define(['map'], 'int', ([map], frame) => {
      const { length } = Object.keys(map);
      frame.spend(length);
      return BigInt(length);
    }),
  ],
};

/** Searching is at worst proportional to both lengths: it is charged so. */
function spendSearch(frame: Frame, text: string, part: string): void {
  frame.spendText(text.length * (1 + Math.floor(part.length / 256)));
}

export const TEXT_AND_LIST_METHODS: FunctionTable = {
  contains: [
    define(['string', 'string'], 'bool', ([text, part], frame) => {
      spendSearch(frame, text, part);
      return text.includes(part);
    }),
  ],
  startsWith: [
    define(['string', 'string'], 'bool', ([text, part], frame) => {
      frame.spendText(part.length);
      return text.startsWith(part);
    }),
  ],
  endsWith: [
    define(['string', 'string'], 'bool', ([text, part], frame) => {
      frame.spendText(part.length);
      return text.endsWith(part);
    }),
  ],
  lowerAscii: [define(['string'], 'string', ([text], frame) => mapText(frame, text, /[A-Z]+/g, (part) => part.toLowerCase()))],
  upperAscii: [define(['string'], 'string', ([text], frame) => mapText(frame, text, /[a-z]+/g, (part) => part.toUpperCase()))],
  trim: [
    define(['string'], 'string', ([text], frame) => {
      frame.spendText(text.length);
      return text.trim();
    }),
  ],
  indexOf: [
    define(['string', 'string'], 'int', ([text, part], frame) => find(frame, text, part, 0)),
    define(['string', 'string', 'int'], 'int', ([text, part, from], frame) => find(frame, text, part, from)),
  ],
  lastIndexOf: [
    define(['string', 'string'], 'int', ([text, part], frame) => {
      spendSearch(frame, text, part);
      const at = text.lastIndexOf(part);
      return BigInt(at <= 0 ? at : lengthOf(text.slice(0, at)));
    }),
  ],
  substring: [
    define(['string', 'int'], 'string', ([text, start], frame) => slice(frame, text, start, null)),
    define(['string', 'int', 'int'], 'string', ([text, start, end], frame) => slice(frame, text, start, end)),
  ],
  split: [
    define(['string', 'string'], 'list', ([text, separator], frame) => split(frame, text, separator, -1)),
    define(['string', 'string', 'int'], 'list', ([text, separator, limit], frame) => split(frame, text, separator, limit)),
  ],
  replace: [
    define(['string', 'string', 'string'], 'string', ([text, part, by], frame) => {
      const parts = split(frame, text, part, -1);
      return joinTexts(frame, parts, by, 'replace');
    }),
  ],
  join: [
    define(['list'], 'string', ([list], frame) => joinTexts(frame, list, '', 'join')),
    define(['list', 'string'], 'string', ([list, separator], frame) => joinTexts(frame, list, separator, 'join')),
  ],
};

function mapText(frame: Frame, text: string, pattern: RegExp, change: (part: string) => string): string {
  frame.spendText(text.length);
  return text.replace(pattern, change);
}

function find(frame: Frame, text: string, part: string, from: number): bigint {
  spendSearch(frame, text, part);
  const points = needsCodePoints(text);
  const length = points ? lengthOf(text) : text.length;
  if (from < 0 || from > length)
    throw new EvaluationFailure('invalid_argument', `indexOf: position ${from} is outside of the text (0 to ${length})`);
  const start = points ? Array.from(text).slice(0, from).join('').length : from;
  const at = text.indexOf(part, start);
  return BigInt(points && at > 0 ? lengthOf(text.slice(0, at)) : at);
}

function slice(frame: Frame, text: string, start: number, end: number | null): string {
  frame.spendText(text.length);
  const points = needsCodePoints(text) ? Array.from(text) : null;
  const length = points?.length ?? text.length;
  const stop = end ?? length;
  if (start < 0 || start > stop || stop > length) {
    throw new EvaluationFailure('invalid_argument', `substring: ${start} to ${stop} is outside of the text (0 to ${length})`);
  }
  return points === null ? text.slice(start, stop) : points.slice(start, stop).join('');
}

function split(frame: Frame, text: string, separator: string, limit: number): string[] {
  spendSearch(frame, text, separator);
  if (limit === 0) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  frame.spend(parts.length);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

const MAX_JOINED_CHARACTERS = 4 * 1024 * 1024;
function joinTexts(frame: Frame, list: readonly CelValue[], separator: string, name: string): string {
  let length = separator.length * Math.max(0, list.length - 1);
  for (const member of list) {
    if (typeof member !== 'string')
      throw new EvaluationFailure('type_mismatch', `${name}: all elements must be texts; string(…) makes a text of a number`);
    length += member.length;
  }
  frame.spend(list.length);
  if (length > MAX_JOINED_CHARACTERS)
    throw new EvaluationFailure('overflow', `${name}: the text would have ${length} characters`);
  frame.spendText(length);
  return list.join(separator);
}
