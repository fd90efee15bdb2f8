/** Removes what is in a directory and keeps the directory with its owner and mode. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export async function emptyDir(dir: string): Promise<void> {
  for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true, force: true });
}
