/**
 * Runs one PostgreSQL server on a data directory: initialises it once, starts, waits until it takes connections, stops.
 * Owns the cluster and its superuser; refuses to know schemas and roles (libs/postgres migrates).
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { findFreePort } from '../free-port.js';
import type { Log } from '../log.js';
import { claimDataDir } from '../processes/data-dir.claim.js';
import { readLogTail, startOwnedProcess, type OwnedProcess } from '../processes/owned-process.js';
import { readPort, readText } from '../read-text.js';
import { waitUntil } from '../wait-until.js';
import { initialiseOnce, serverEnvironment, SUPERUSER, type ClusterPlace } from './initialise-cluster.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { postgresSettings } from './postgres-settings.js';
import { makeReachableBinaries, makeReachableDataDir } from './reachable-postgres.js';
import { removeStalePidFile } from './stale-pid-file.js';
import { chooseUnprivilegedUser } from './unprivileged-user.js';

export interface PostgresOptions {
  /** Kept between starts. The cluster lies in `data` below it, beside its log and its claim. */
  readonly dataDir: string;
  /** Taken if free, else another one. Without it the port of the last start is tried first. */
  readonly port?: number;
  /** `false`: no fsync; see postgresSettings. */
  readonly durable: boolean;
  readonly log: Log;
}

export interface RunningPostgres {
  /** Superuser connection to the database `flows`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Fast shutdown: open transactions roll back, committed data is kept. Idempotent. */
  stop(): Promise<void>;
}

const DATABASE = 'flows';
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/** Rejects with the end of the server log when the server does not come up. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { durable, log } = options;
  const dataDir = resolve(options.dataDir);
  const claim = await claimDataDir(dataDir, 'PostgreSQL', log);
  try {
    const user = chooseUnprivilegedUser();
    const installed = await findPostgresBinaries();
    const binaries = user ? await makeReachableBinaries(user, installed, log) : installed;
    const ownDir = join(dataDir, 'data');
    const cluster = user ? await makeReachableDataDir(user, ownDir, log) : ownDir;

    const place: ClusterPlace = { dataDir, cluster, binaries, user, durable, log };

    const password = await initialiseOnce(place);
    await removeStalePidFile(cluster);
    const port = await findFreePort(options.port ?? (await readPort(join(dataDir, 'port'))));
    const server = await startServer({ ...place, port });
    try {
      await claim.recordServer(server.pid);
      await writeFile(join(dataDir, 'port'), String(port));
      const url = await ensureDatabase(port, password);
      const stop = async () => {
        await server.stop();
        await claim.release();
      };
      return { url, port, pid: server.pid, stop };
    } catch (error) {
      await server.stop();
      throw error;
    }
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** Resolves once the postmaster reports "ready" in its pid file (line 8), as pg_ctl waits for it. */
async function startServer({
  dataDir,
  cluster,
  binaries,
  user,
  durable,
  port,
  log,
}: ClusterPlace & { port: number }): Promise<OwnedProcess> {
  const logFile = join(dataDir, 'postgres.log');
  const settings = Object.entries(postgresSettings(port, durable)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = await startOwnedProcess({
    command: binaries.postgres,
    args: ['-D', cluster, ...settings],
    cwd: user ? cluster : dataDir,
    env: serverEnvironment(),
    uid: user?.uid,
    gid: user?.gid,
    logFile,
    stopSignal: 'INT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    onUnexpectedExit: (how) => log(`PostgreSQL ended unexpectedly (${how}); see ${logFile}`),
  });
  const isReady = async () => {
    const lines = (await readText(join(cluster, 'postmaster.pid')))?.split('\n');
    return Number(lines?.[0]) === server.pid && lines?.[7]?.trim() === 'ready';
  };
  await waitUntil(async () => server.hasExited() || (await isReady()), READY_TIMEOUT_MS);
  if (!server.hasExited() && (await isReady())) return server;
  await server.stop();
  throw new Error(`PostgreSQL did not start on ${cluster}. The end of ${logFile}:\n${await readLogTail(logFile)}`);
}

async function ensureDatabase(port: number, password: string): Promise<string> {
  const address = (database: string) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
  const client = new pg.Client({ connectionString: address('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
  return address(DATABASE);
}
