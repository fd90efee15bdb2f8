/**
 * Owns the bytes on disk: a snapshot file and the append-only log that continues it.
 *
 *   crm.json            snapshot, generation 7, replaced by rename
 *   crm.json.log.7      one line per commit since then: a JSON list of changes
 *
 * INVARIANT: a line counts when its newline is there. A torn last line was never acknowledged and is cut off; anything
 * else that cannot be read stops the start, since going on would overwrite acknowledged writes.
 */
import { mkdir, open, readFile, readdir, rename, rm, truncate, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Change } from './change.js';

export class DataFiles {
  private log: FileHandle | undefined;
  private generation = 0;

  constructor(private readonly path: string) {}

  /** The snapshot's text, or null on a first start. */
  async readSnapshot(): Promise<string | null> {
    await mkdir(dirname(this.path), { recursive: true });
    return readFileIfThere(this.path);
  }

  /** Commits after the snapshot of this generation, oldest first; afterwards the log is open for more. */
  async openLog(generation: number): Promise<(readonly Change[])[]> {
    this.generation = generation;
    const path = this.logPath(generation);
    const text = (await readFileIfThere(path)) ?? '';
    const whole = text.lastIndexOf('\n') + 1;
    if (whole < text.length) await truncate(path, Buffer.byteLength(text.slice(0, whole)));
    const commits = text
      .slice(0, whole)
      .split('\n')
      .slice(0, -1)
      .map((line, index) => parseLine(line, path, index + 1));
    this.log = await open(path, 'a');
    return commits;
  }

  /** Resolves when the lines would survive a power cut. */
  async appendLines(lines: readonly string[]): Promise<void> {
    const log = this.requireLog();
    await log.appendFile(lines.map((line) => `${line}\n`).join(''));
    await log.datasync();
  }

  /**
   * Replaces the snapshot and starts the empty log of the next generation. The text is taken before anything is awaited.
   * A crash between any two steps leaves a snapshot with the log that belongs to it.
   */
  async replaceSnapshot(textOf: (generation: number) => string): Promise<void> {
    const next = this.generation + 1;
    const text = textOf(next);
    const nextLog = await open(this.logPath(next), 'w');
    const temporary = `${this.path}.new`;
    await writeDurably(temporary, text);
    await rename(temporary, this.path);
    await syncFolder(dirname(this.path));
    await this.log?.close();
    this.log = nextLog;
    this.generation = next;
    await this.removeStaleLogs();
  }

  async close(): Promise<void> {
    await this.log?.close();
    this.log = undefined;
  }

  private async removeStaleLogs(): Promise<void> {
    const prefix = `${basename(this.path)}.log.`;
    const folder = dirname(this.path);
    const stale = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name !== `${prefix}${this.generation}`);
    await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })));
  }

  private logPath(generation: number): string {
    return `${this.path}.log.${generation}`;
  }

  private requireLog(): FileHandle {
    if (!this.log) throw new Error('The log is not open.');
    return this.log;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readFileIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function parseLine(line: string, path: string, number: number): readonly Change[] {
  try {
    return JSON.parse(line) as readonly Change[];
  } catch (error) {
    throw new Error(`${path}, line ${number} is not JSON; move the data file and its log away to start afresh.`, {
      cause: error,
    });
  }
}

/** Makes the rename itself durable; Windows has no handle for a folder and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
