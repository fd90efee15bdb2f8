/**
 * Makes the files of a new cluster, once per data directory.
 * Owns the superuser's password; refuses to touch a cluster that ever served.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readInheritedEnvironment } from '../infrastructure.config.js';
import type { Log } from '../log.js';
import { readText } from '../read-text.js';
import { emptyDir } from './empty-dir.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { giveTo, type UnprivilegedUser } from './unprivileged-user.js';

export const SUPERUSER = 'postgres';

export interface ClusterPlace {
  /** Ours: password, port, log, claim. */
  readonly dataDir: string;
  /** PostgreSQL's own (PGDATA); usually `data` below. */
  readonly cluster: string;
  readonly binaries: PostgresBinaries;
  /** Whom the server runs as in a root shell. */
  readonly user: UnprivilegedUser | undefined;
  readonly durable: boolean;
  readonly log: Log;
}

const run = promisify(execFile);

/** Returns the superuser's password. It is written last: without it an initdb was cut short, and its files are made anew. */
export async function initialiseOnce(place: ClusterPlace): Promise<string> {
  const { dataDir, cluster, user, log } = place;
  const passwordFile = join(dataDir, 'password');
  const known = await readText(passwordFile);
  if (known !== undefined && (await readText(join(cluster, 'PG_VERSION'))) !== undefined) return known;
  // Written at the first start of a server: this cluster may hold data.
  if ((await readText(join(cluster, 'postmaster.opts'))) !== undefined) {
    throw new Error(
      `PostgreSQL: ${cluster} holds a database, but its password in ${passwordFile} is gone. Restore the file, or remove ${cluster} to start empty.`,
    );
  }

  log('PostgreSQL: creating a new cluster');
  await mkdir(cluster, { mode: 0o700, recursive: true });
  await emptyDir(cluster);
  const password = randomBytes(18).toString('base64url');
  await withPasswordFile(password, user, (file) => initialise(place, file));
  await writeFile(passwordFile, password, { mode: 0o600 });
  return password;
}

async function initialise({ cluster, binaries, user, durable, dataDir }: ClusterPlace, passwordFile: string): Promise<void> {
  const args = [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same sort order on every platform, whatever locales are installed.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  const options = { uid: user?.uid, gid: user?.gid, cwd: user ? cluster : dataDir, env: serverEnvironment() };
  await run(binaries.initdb, args, options).catch((error: Error & { stderr?: string }) => {
    throw new Error(`PostgreSQL: initdb failed in ${cluster}. ${error.stderr?.trim() || error.message}`);
  });
}

/** initdb takes a password from a file only; this one is readable by the server's user alone and gone afterwards. */
async function withPasswordFile(
  password: string,
  user: UnprivilegedUser | undefined,
  use: (file: string) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'flows-initdb-'));
  const file = join(dir, 'password');
  try {
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    if (user) [file, dir].forEach((path) => giveTo(user, path));
    await use(file);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** PG* variables of the caller's shell must not steer the server; its messages are English whatever the shell speaks. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(readInheritedEnvironment()).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_'),
  );
  return { ...Object.fromEntries(inherited), LC_ALL: 'C' };
}
