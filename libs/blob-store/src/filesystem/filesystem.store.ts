import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobStoreError, checkKey, type BlobStore } from '../blob-store.js';

/**
 * Blobs as files of one folder, which all who read them must share. Written beside their place and moved into it, so that a crash leaves
 * at most a file that nobody reads (in `.incoming`).
 */
export class FilesystemBlobStore implements BlobStore {
  constructor(private readonly folder: string) {}

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const place = this.placeOf(key);
    const incoming = join(this.folder, '.incoming');
    const temporary = join(incoming, randomUUID());
    try {
      await Promise.all([mkdir(dirname(place), { recursive: true }), mkdir(incoming, { recursive: true })]);
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, place);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw new BlobStoreError(`The blob store cannot write: ${(error as Error).message}`, { cause: error });
    }
  }

  async get(key: string): Promise<Uint8Array | null> {
    try {
      return await readFile(this.placeOf(key));
    } catch (error) {
      if (isAbsence(error)) return null;
      throw error instanceof BlobStoreError
        ? error
        : new BlobStoreError(`The blob store cannot read: ${(error as Error).message}`, { cause: error });
    }
  }

  async delete(key: string): Promise<void> {
    const place = this.placeOf(key);
    await rm(place, { force: true }).catch((error: unknown) => {
      if (!isAbsence(error))
        throw new BlobStoreError(`The blob store cannot delete: ${(error as Error).message}`, { cause: error });
    });
  }

  private placeOf(key: string): string {
    checkKey(key);
    return join(this.folder, ...key.split('/'));
  }
}

/** Nothing under the key; or a part of it is a blob itself, so that nothing can be. */
function isAbsence(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
}
