import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { waitUntil } from '../wait-until.js';
import { startPostgres, type RunningPostgres } from './start-postgres.js';

describe('startPostgres', () => {
  let dataDir: string;
  let running: RunningPostgres[];
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'flows-postgres-'));
    await chmod(dataDir, 0o755);
    running = [];
  });
  afterEach(async () => {
    for (const server of running) await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(log: (line: string) => void = () => {}): Promise<RunningPostgres> {
    const server = await startPostgres({ dataDir, durable: false, log });
    running.push(server);
    return server;
  }

  async function query<T>(url: string, sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows as T[];
    } finally {
      await client.end();
    }
  }

  it('serves PostgreSQL 18 in UTF-8 with commits that wait for the log', async () => {
    const { url } = await start();
    const settings = `select current_setting('server_version_num')::int / 10000 as version, current_database() as database,
      current_setting('server_encoding') as encoding, current_setting('synchronous_commit') as commit, current_setting('timezone') as zone`;
    expect(await query(url, settings)).toEqual([{ version: 18, database: 'flows', encoding: 'UTF8', commit: 'on', zone: 'UTC' }]);
  }, 30_000);

  it('keeps data, password and port over a stop and a start', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    await expect(query(first.url, 'select 1')).rejects.toThrow();

    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  }, 30_000);

  it('recovers after kill -9, also when its process id now belongs to somebody else', async () => {
    const lines: string[] = [];
    const first = await start((line) => lines.push(line));
    await query(first.url, 'create table kept as select 42 as answer');
    process.kill(first.pid, 'SIGKILL');
    expect(await waitUntil(() => lines.some((line) => line.includes('ended unexpectedly (SIGKILL)')), 10_000)).toBe(true);
    const pidFile = join(dataDir, 'data', 'postmaster.pid');
    await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace(/^\d+/, String(process.pid)));
    await first.stop();

    const second = await start();
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  }, 30_000);

  it('runs beside another one on other data', async () => {
    const first = await start();
    const elsewhere = await mkdtemp(join(tmpdir(), 'flows-postgres-'));
    await chmod(elsewhere, 0o755);
    const second = await startPostgres({ dataDir: elsewhere, durable: false, port: first.port, log: () => {} });
    try {
      expect(second.port).not.toBe(first.port);
    } finally {
      await second.stop();
      await rm(elsewhere, { recursive: true, force: true });
    }
  }, 30_000);

  it('refuses a second server on the same data while the first one lives', async () => {
    await start();
    await expect(start()).rejects.toThrow(`already belongs to the running process ${process.pid}`);
  }, 30_000);
});
