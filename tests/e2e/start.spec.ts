import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a newcomer does first, from outside: `npm start -- --once`, twice. Servers, services and the CRM are its own. */
const START = new URL('../../tools/local/dist/start.js', import.meta.url).pathname;
let state: string;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'flows-start-'));
  await chmod(state, 0o755);
});
afterAll(() => rm(state, { recursive: true, force: true }));

interface DevFile {
  gateway_url: string;
  workspace_id: string;
  token: string;
  admin_token: string;
  kafka_brokers: string;
  database_url: string;
  crm_url: string;
  pids: Record<string, number>;
}

/** Runs to the end; the dev file is read while everything is up. */
async function startOnce(): Promise<{ code: number | null; output: string; dev: DevFile | undefined }> {
  const { DATABASE_URL: _, KAFKA_BROKERS: __, ...environment } = process.env;
  const child = spawn(process.execPath, [START, '--once'], { env: { ...environment, FLOWS_STATE_DIR: state, PORT: '3900' } });
  let output = '';
  let dev: Promise<DevFile> | undefined;
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
    if (output.includes('Everything runs'))
      dev ??= readFile(join(state, 'dev.json'), 'utf8').then((text) => JSON.parse(text) as DevFile);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output, dev: await dev };
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('npm start -- --once', () => {
  it('runs the demo on everything of its own, both paths of it, and leaves nothing behind', async () => {
    const { code, output, dev } = await startOnce();
    expect([code, output]).toEqual([0, expect.stringContaining('enrich → qualified → add')]);
    expect(output).toContain('enrich → qualified → nurture');
    expect(Object.keys(dev ?? {})).toEqual(
      expect.arrayContaining([
        'gateway_url',
        'workspace_id',
        'token',
        'admin_token',
        'kafka_brokers',
        'database_url',
        'crm_url',
        'pids',
      ]),
    );
    expect(Object.keys(dev?.pids ?? {})).toEqual(
      expect.arrayContaining(['api-gateway', 'trigger-listener', 'orchestrator', 'step-executor', 'crm-simulator']),
    );
    expect(Object.values(dev?.pids ?? {}).filter((pid) => lives(pid))).toEqual([]);
  }, 120_000);

  it('goes on with the same data the next time', async () => {
    const first = JSON.parse(await readFile(join(state, 'dev.json'), 'utf8')) as DevFile;
    const { code, dev } = await startOnce();
    expect([code, dev?.workspace_id, dev?.token]).toEqual([0, first.workspace_id, first.token]);
  }, 120_000);
});
