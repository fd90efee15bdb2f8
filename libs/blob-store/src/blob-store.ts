/**
 * Where what is too large for the database is kept. A store holds bytes under keys and knows nothing of what they are; who may read
 * which key is its caller's business.
 *
 * A key is segments of letters, digits, "-", "_" and ".", joined by "/"; no segment begins with a dot.
 */
export interface BlobStore {
  /** Whole or not at all: a reader never sees half of it. A second time under the same key replaces the first. Rejects when the store fails. */
  put(key: string, bytes: Uint8Array, contentType?: string): Promise<void>;
  /** Null where there is nothing under the key. */
  get(key: string): Promise<Uint8Array | null>;
  /** Nothing happens where there is nothing. */
  delete(key: string): Promise<void>;
}

/** The store failed, or refused: its words, for the log. */
export class BlobStoreError extends Error {
  override readonly name = 'BlobStoreError';
}

const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const MAX_KEY_CHARACTERS = 512;

/** INVARIANT: a key that passes names nothing outside of the store: no empty segment, no "..", no absolute path. @throws BlobStoreError. */
export function checkKey(key: string): void {
  if (key.length > MAX_KEY_CHARACTERS || !KEY.test(key)) throw new BlobStoreError(`"${key.slice(0, 100)}" is no key of a blob`);
}
