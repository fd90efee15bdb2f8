/** The dev file on disk: readable by its owner alone, since it holds tokens and a password; replaced whole, so no reader sees half of it. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatDevFile, parseDevFile, type DevFile } from './dev-file.js';

/** Null when there is none yet. @throws with the remedy when there is one that cannot be read. */
export async function readDevFile(path: string): Promise<DevFile | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const reading = parseDevFile(text);
  if (reading.ok) return reading.file;
  throw new Error(`${path} cannot be used: ${reading.problem}. Remove it; a new demo workspace is made then.`);
}

/** Writes one after the other, in the order of the changes. */
export class DevFileStore {
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    private current: DevFile,
  ) {}

  get file(): DevFile {
    return this.current;
  }

  /** Resolves when the change is on disk. */
  update(change: Partial<DevFile>): Promise<void> {
    this.current = { ...this.current, ...change };
    const text = formatDevFile(this.current);
    this.writing = this.writing.then(() => this.write(text));
    return this.writing;
  }

  /** Notes the process of a service, or that it has none now. */
  notePid(service: string, pid: number | undefined): Promise<void> {
    const { [service]: _, ...others } = this.current.pids;
    return this.update({ pids: pid === undefined ? others : { ...others, [service]: pid } });
  }

  private async write(text: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const draft = `${this.path}.new`;
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, this.path);
  }
}
