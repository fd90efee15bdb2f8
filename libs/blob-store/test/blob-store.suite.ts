import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { BlobStoreError, type BlobStore } from '../src/index.js';

export interface OpenedStore {
  store: BlobStore;
  close(): Promise<void>;
}

/** What every store does. Run against each adapter. */
export function describeBlobStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`the blob store in ${name}`, () => {
    let opened: OpenedStore;
    let store: BlobStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(() => opened.close());
    const newKey = (): string => `${randomUUID()}/${randomUUID()}/1`;

    it.each([
      ['nothing', 0],
      ['some bytes', 1_000],
      ['many bytes', 5 * 1024 * 1024],
    ])('gives %s back as they were', async (_, size) => {
      const [key, bytes] = [newKey(), randomBytes(size)];
      await store.put(key, bytes, 'application/json');
      expect(Buffer.from((await store.get(key))!).equals(bytes)).toBe(true);
    });

    it('has nothing under a key where nothing was put', async () => {
      expect(await store.get(newKey())).toBeNull();
    });

    it('has nothing under the beginning of a key', async () => {
      const key = newKey();
      await store.put(key, Buffer.from('x'));
      expect(await store.get(key.split('/')[0]!)).toBeNull();
      expect(await store.get(`${key}/more`)).toBeNull();
    });

    it('replaces what was there', async () => {
      const key = newKey();
      await store.put(key, Buffer.from('the first, which is longer'));
      await store.put(key, Buffer.from('second'));
      expect(Buffer.from((await store.get(key))!).toString()).toBe('second');
    });

    it('keeps one of many that are put at once, whole', async () => {
      const key = newKey();
      const versions = Array.from({ length: 8 }, (_, n) => Buffer.alloc(100_000, n));
      await Promise.all(versions.map((bytes) => store.put(key, bytes)));
      const kept = Buffer.from((await store.get(key))!);
      expect(versions.some((bytes) => bytes.equals(kept))).toBe(true);
    });

    it('deletes, also what is not there', async () => {
      const key = newKey();
      await store.put(key, Buffer.from('x'));
      await store.delete(key);
      await store.delete(key);
      expect(await store.get(key)).toBeNull();
    });

    it.each([
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../b',
      'a/./b',
      '.incoming/a',
      'a\0b',
      'a\\b',
      'a?b',
      'a b',
      'x'.repeat(513),
    ])('refuses the key %j for reading, writing and deleting', async (key) => {
      for (const attack of [() => store.get(key), () => store.put(key, Buffer.from('x')), () => store.delete(key)])
        await expect(attack()).rejects.toThrow(BlobStoreError);
    });
  });
}
