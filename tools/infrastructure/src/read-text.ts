/** Small files that may not be there yet. */
import { readFile } from 'node:fs/promises';

/** `undefined` when there is no such file; any other failure is thrown. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A port number that was written down; `undefined` for anything else. */
export async function readPort(file: string): Promise<number | undefined> {
  const port = Number(await readText(file));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
