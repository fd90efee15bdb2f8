import { describe, expect, it } from '@jest/globals';
import { findCause, parseLogLine } from './log-line.js';

describe('parseLogLine', () => {
  it('takes message and reason of an error, in one line', () => {
    const line = JSON.stringify({
      level: 'fatal',
      time: 'x',
      msg: 'cannot start',
      err: { message: 'connect\n  ECONNREFUSED', stack: 'at …' },
    });
    expect(parseLogLine(line)).toEqual({ level: 'error', plain: false, text: 'cannot start: connect ECONNREFUSED' });
  });

  it('names the checks that fail', () => {
    const line = JSON.stringify({
      level: 'warn',
      msg: 'waiting to become ready',
      checks: { database: 'ok', kafka: 'not joined' },
    });
    expect(parseLogLine(line)).toEqual({ level: 'warn', plain: false, text: 'waiting to become ready: kafka: not joined' });
  });

  it('keeps text that is no JSON', () => {
    expect(parseLogLine('  api-gateway cannot start: one setting needs attention:')).toMatchObject({
      plain: true,
      level: 'quiet',
    });
    expect(parseLogLine('{ code: 1,')).toEqual({ level: 'quiet', plain: true, text: '{ code: 1,' });
    expect(parseLogLine(' ')).toBeNull();
  });
});

describe('findCause', () => {
  it('finds the error in what Node writes about an uncaught one', () => {
    const words = [
      'throw err;',
      '^',
      "Error: Cannot find module 'x'",
      'at Module._load (node:internal:1)',
      "code: 'MODULE_NOT_FOUND'",
      'Node.js v24.21.0',
    ];
    expect(findCause(words)).toBe("Error: Cannot find module 'x'");
  });

  it('takes the last line where none is an error', () => {
    expect(findCause(['one', 'cannot start: no broker'])).toBe('cannot start: no broker');
    expect(findCause([])).toBeUndefined();
  });
});
