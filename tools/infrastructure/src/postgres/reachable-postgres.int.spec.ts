import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findPostgresBinaries } from './postgres-binaries.js';
import { makeReachableBinaries, makeReachableDataDir } from './reachable-postgres.js';
import { canRun, chooseUnprivilegedUser } from './unprivileged-user.js';

const user = chooseUnprivilegedUser();

describe('PostgreSQL in a root shell', () => {
  let parent: string;
  let fallback: string | undefined;
  beforeEach(async () => {
    // mkdtemp: only its owner may enter.
    parent = await mkdtemp(join(tmpdir(), 'flows-closed-'));
    fallback = undefined;
  });
  afterEach(async () => {
    for (const dir of [parent, fallback]) if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  // Only root has to step down; an ordinary user owns the data and the programs.
  if (user !== undefined) {
    it('keeps data that the user cannot reach elsewhere, until its place is removed', async () => {
      const dir = join(parent, 'data');
      const lines: string[] = [];
      const place = () => makeReachableDataDir(user, dir, (line) => lines.push(line));
      fallback = await place();
      expect(fallback).not.toContain(parent);
      expect(lines).toEqual([expect.stringContaining(fallback)]);

      await writeFile(join(fallback, 'PG_VERSION'), '18');
      expect(await place()).toBe(fallback);
      expect(await readFile(join(fallback, 'PG_VERSION'), 'utf8')).toBe('18');

      await rm(dir, { recursive: true });
      expect(await place()).toBe(fallback);
      expect(await readdir(fallback)).toEqual([]);
    });

    it('runs the installed programs where the user can reach them', async () => {
      const binaries = await makeReachableBinaries(user, await findPostgresBinaries(), () => {});
      expect(canRun(user, binaries.postgres)).toBe(true);
    });
  }

  it('steps down from root, and only from root', () => {
    expect(user?.uid === undefined).toBe(process.getuid?.() !== 0);
    expect(user?.uid).not.toBe(0);
  });
});
