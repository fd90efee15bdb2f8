import { expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeBlobStore } from '../../test/blob-store.suite.js';
import { openBlobStore } from '../open-blob-store.js';
import { FilesystemBlobStore } from './filesystem.store.js';

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'flows-blobs-'));

describeBlobStore('a folder', async () => {
  const folder = await newFolder();
  const store = openBlobStore({ url: `${pathToFileURL(folder).href}/not-there-yet` });
  return { store, close: () => rm(folder, { recursive: true }) };
});

it('leaves nothing beside what was put', async () => {
  const folder = await newFolder();
  const store = new FilesystemBlobStore(folder);
  await store.put('a/b', Buffer.from('x'));
  expect(await readdir(join(folder, '.incoming'))).toEqual([]);
  await rm(folder, { recursive: true });
});

it('says why it cannot write', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'file'), '');
  await expect(new FilesystemBlobStore(join(folder, 'file')).put('a', Buffer.from('x'))).rejects.toThrow(/cannot write: E/);
  await rm(folder, { recursive: true });
});
