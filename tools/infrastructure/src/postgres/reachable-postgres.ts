/**
 * Makes programs and data reachable for the unprivileged user in a root shell.
 * A clone under a directory that only root may enter (/root) would otherwise fail with an obscure "permission denied".
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../log.js';
import { readText } from '../read-text.js';
import { emptyDir } from './empty-dir.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { removeStalePidFile } from './stale-pid-file.js';
import { canRun, canWrite, giveTo, type UnprivilegedUser } from './unprivileged-user.js';

/** Survives reboots, and every user may enter it. */
const PUBLIC_DIR = '/var/tmp';

/**
 * `dir` itself, made and given to `user`; else a directory under /var/tmp whose name is derived from `dir`, the same one on each start.
 * `dir` then holds a pointer to it: who removes `dir` to start empty starts empty.
 */
export async function makeReachableDataDir(user: UnprivilegedUser, dir: string, log: Log): Promise<string> {
  await mkdir(dir, { recursive: true });
  giveTo(user, dir);
  if (canWrite(user, dir)) return dir;
  const fallback = join(PUBLIC_DIR, `flows-postgres-data-${digestOf(dir)}`);
  await mkdirOwned(fallback, [0, user.uid]);
  giveTo(user, fallback);
  if (!canWrite(user, fallback)) {
    throw new Error(
      `The user ${user.name}, as whom PostgreSQL runs in a root shell, can write neither ${dir} nor ${fallback}. Move the clone to a directory that every user may enter, or set DATABASE_URL.`,
    );
  }
  log(`PostgreSQL: the user ${user.name} cannot enter ${dir}; its data is kept in ${fallback}`);
  const pointer = join(dir, 'moved-to');
  if ((await readText(pointer)) !== fallback) {
    await removeStalePidFile(fallback);
    await emptyDir(fallback);
    await writeFile(pointer, fallback);
  }
  return fallback;
}

/** The installed programs, or a copy of the whole distribution where `user` cannot reach them. */
export async function makeReachableBinaries(
  user: UnprivilegedUser,
  installed: PostgresBinaries,
  log: Log,
): Promise<PostgresBinaries> {
  if (canRun(user, installed.postgres)) return installed;
  // <package>/native/bin/postgres
  const native = dirname(dirname(installed.postgres));
  const { mtimeMs } = await stat(installed.postgres);
  const copy = join(PUBLIC_DIR, `flows-postgres-${digestOf(`${native}:${mtimeMs}`)}`);
  const copied = {
    initdb: join(copy, 'native', 'bin', basename(installed.initdb)),
    postgres: join(copy, 'native', 'bin', basename(installed.postgres)),
  };
  await mkdirOwned(copy, [0]);
  if (!canRun(user, copied.postgres)) {
    log(`PostgreSQL: the user ${user.name} cannot reach ${native}; copying the programs to ${copy}`);
    const part = join(copy, `native.${process.pid}`);
    await cp(native, part, { recursive: true, verbatimSymlinks: true });
    await rm(join(copy, 'native'), { recursive: true, force: true });
    await rename(part, join(copy, 'native'));
  }
  if (!canRun(user, copied.postgres)) {
    throw new Error(
      `The user ${user.name}, as whom PostgreSQL runs in a root shell, can run neither ${installed.postgres} nor ${copied.postgres}. Move the clone to a directory that every user may enter, or set DATABASE_URL.`,
    );
  }
  return copied;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** INVARIANT: in a directory where everybody may create names, one that a stranger made first is not used. */
async function mkdirOwned(dir: string, owners: readonly number[]): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  const { uid } = await stat(dir);
  if (!owners.includes(uid))
    throw new Error(`${dir} belongs to user id ${uid}, who is not trusted with the database. Remove it and start again.`);
}
