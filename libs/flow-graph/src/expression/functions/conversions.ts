import { CelDuration, CelTimestamp } from '../cel-value.js';
import { EvaluationFailure } from '../evaluation-failure.js';
import { define, type FunctionTable } from './cel-function.js';
import { checkedTimestamp, durationText, parseDuration, parseTimestamp, timestampText } from './timestamp-text.js';

/** What reading and writing these texts costs beside an ordinary node. */
const NUMBER_TEXT_UNITS = 5;
const TIME_TEXT_UNITS = 15;

/** `int(…)`, `double(…)`, `string(…)`, `bool(…)`, `timestamp(…)`, `duration(…)`. */
export const CONVERSIONS: FunctionTable = {
  int: [
    define(['double'], 'int', ([number]) => toInt(number)),
    define(['string'], 'int', ([text]) => parseInt64(text)),
    define(['timestamp'], 'int', ([timestamp]) => BigInt(Math.floor(timestamp.ms / 1000))),
  ],
  double: [define(['double'], 'double', ([number]) => number), define(['string'], 'double', ([text]) => parseDouble(text))],
  string: [
    define(['string'], 'string', ([text]) => text),
    define(['double'], 'string', ([number], frame) => {
      frame.spend(NUMBER_TEXT_UNITS);
      return String(number);
    }),
    define(['bool'], 'string', ([bool]) => String(bool)),
    define(['timestamp'], 'string', ([timestamp], frame) => {
      frame.spend(TIME_TEXT_UNITS);
      return timestampText(timestamp);
    }),
    define(['duration'], 'string', ([duration]) => durationText(duration)),
  ],
  bool: [define(['bool'], 'bool', ([bool]) => bool), define(['string'], 'bool', ([text]) => parseBool(text))],
  timestamp: [
    define(['string'], 'timestamp', ([text], frame) => {
      frame.spend(TIME_TEXT_UNITS);
      return parseTimestamp(text);
    }),
    define(['double'], 'timestamp', ([seconds]) => checkedTimestamp(seconds * 1000)),
    define(['timestamp'], 'timestamp', ([timestamp]) => new CelTimestamp(timestamp.ms)),
  ],
  duration: [
    define(['string'], 'duration', ([text], frame) => {
      frame.spend(TIME_TEXT_UNITS);
      return parseDuration(text);
    }),
    define(['duration'], 'duration', ([duration]) => new CelDuration(duration.ms)),
  ],
};

function toInt(number: number): bigint {
  if (!Number.isFinite(number) || Math.abs(number) >= 2 ** 63)
    throw new EvaluationFailure('overflow', `int: ${number} does not fit a 64-bit int`);
  return BigInt(Math.trunc(number));
}

function parseInt64(text: string): bigint {
  if (!/^[+-]?\d{1,19}$/.test(text)) throw new EvaluationFailure('invalid_argument', `int: ${shown(text)} is no whole number`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (value >= 2n ** 63n || value < -(2n ** 63n))
    throw new EvaluationFailure('overflow', `int: ${text} does not fit a 64-bit int`);
  return value;
}

function parseDouble(text: string): number {
  if (text.length > 400 || !/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text))
    throw new EvaluationFailure('invalid_argument', `double: ${shown(text)} is no number`);
  return Number(text);
}

const TRUE = new Set(['1', 't', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'false', 'FALSE', 'False']);
function parseBool(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new EvaluationFailure('invalid_argument', `bool: ${shown(text)} is neither true nor false`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
