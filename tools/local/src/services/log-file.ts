/**
 * The log of one service: the process itself appends to the file (so nothing of it passes through us, and nothing is lost when we die),
 * and we read along for what a person should know.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const ROTATE_BYTES = 10 * 1024 * 1024;
const READ_BYTES = 256 * 1024;

/** Makes room at a start: a log that grew large becomes `<name>.log.1`, in the place of an older one. */
export function prepareLogFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > ROTATE_BYTES) renameSync(path, `${path}.1`);
}

/** Reads what was appended since the last look; begins at the end of the file as it is now. */
export class LogReader {
  private offset: number;
  private rest = '';

  constructor(private readonly path: string) {
    this.offset = existsSync(path) ? statSync(path).size : 0;
  }

  /** Whole lines, oldest first; the last one also without its line break when `final`. A burst is read from its end. */
  read(final = false): string[] {
    if (!existsSync(this.path)) return [];
    const file = openSync(this.path, 'r');
    try {
      const { size } = fstatSync(file);
      // Shorter than before: somebody emptied it.
      const from = Math.max(size < this.offset ? 0 : this.offset, size - READ_BYTES);
      const bytes = Buffer.alloc(size - from);
      const length = readSync(file, bytes, 0, bytes.length, from);
      this.offset = from + length;
      const lines = (this.rest + bytes.toString('utf8', 0, length)).split('\n');
      this.rest = final ? '' : (lines.pop() ?? '');
      return lines.filter((line) => line !== '');
    } finally {
      closeSync(file);
    }
  }
}
