import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogReader, prepareLogFile } from './log-file.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flows-log-'));
  path = join(folder, 'logs', 'orchestrator.log');
  prepareLogFile(path);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('prepareLogFile', () => {
  it('sets a large log aside and keeps a small one', () => {
    writeFileSync(path, 'small');
    prepareLogFile(path);
    expect(existsSync(`${path}.1`)).toBe(false);
    truncateSync(path, 10 * 1024 * 1024 + 1);
    prepareLogFile(path);
    expect(existsSync(path)).toBe(false);
    expect(statSync(`${path}.1`).size).toBe(10 * 1024 * 1024 + 1);
  });
});

describe('LogReader', () => {
  it('reads whole lines that came since, and none of an earlier start', () => {
    writeFileSync(path, 'of the last start\n');
    const reader = new LogReader(path);
    expect(reader.read()).toEqual([]);
    appendFileSync(path, 'one\ntwo\nthr');
    expect(reader.read()).toEqual(['one', 'two']);
    appendFileSync(path, 'ee\n\nfour');
    expect(reader.read()).toEqual(['three']);
    expect(reader.read(true)).toEqual(['four']);
  });

  it('waits for a file that is not there and starts over in one that was emptied', () => {
    const reader = new LogReader(path);
    expect(reader.read()).toEqual([]);
    writeFileSync(path, 'one, which is long\n');
    expect(reader.read()).toEqual(['one, which is long']);
    writeFileSync(path, 'two\n');
    expect(reader.read()).toEqual(['two']);
  });
});
