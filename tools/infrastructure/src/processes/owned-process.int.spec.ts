import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../wait-until.js';
import { identifyProcess } from './process-identity.js';
import { readLogTail, startOwnedProcess, type OwnedProcess } from './owned-process.js';

describe('startOwnedProcess', () => {
  let dir: string;
  let started: OwnedProcess[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'flows-process-'));
    started = [];
  });
  afterEach(async () => {
    for (const owned of started) await owned.kill9();
    await rm(dir, { recursive: true, force: true });
  });

  async function start(
    script: string,
    rest: { stopTimeoutMs?: number; onUnexpectedExit?: (how: string) => void } = {},
  ): Promise<OwnedProcess> {
    const logFile = join(dir, 'output.log');
    const owned = await startOwnedProcess({
      command: '/bin/sh',
      args: ['-c', script],
      cwd: dir,
      logFile,
      stopSignal: 'TERM',
      stopTimeoutMs: 5_000,
      ...rest,
    });
    started.push(owned);
    return owned;
  }
  const hasPrinted = (text: string) => waitUntil(async () => (await readLogTail(join(dir, 'output.log'))).includes(text), 5_000);

  it('stops by the signal that the server understands, and keeps its output', async () => {
    const owned = await start('trap "echo bye; exit 0" TERM; echo hello; while :; do sleep 0.05; done');
    await hasPrinted('hello');
    await Promise.all([owned.stop(), owned.stop()]);
    expect(owned.hasExited()).toBe(true);
    expect(await readFile(join(dir, 'output.log'), 'utf8')).toBe('hello\nbye\n');
  });

  it('kills a server that does not listen', async () => {
    const owned = await start('trap "" TERM; echo deaf; while :; do sleep 0.05; done', { stopTimeoutMs: 100 });
    await hasPrinted('deaf');
    await owned.stop();
    expect(await owned.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('tells when the server ends by itself, and only then', async () => {
    const reports: string[] = [];
    const onUnexpectedExit = (how: string) => reports.push(how);
    await (
      await start('exit 3', { onUnexpectedExit })
    ).exited;
    await (await start('sleep 60', { onUnexpectedExit })).stop();
    expect(reports).toEqual(['exit code 3']);
  });

  it('rejects a command that does not exist', async () => {
    const options = {
      command: join(dir, 'absent'),
      args: [],
      cwd: dir,
      logFile: join(dir, 'output.log'),
      stopSignal: 'TERM',
      stopTimeoutMs: 1,
    } as const;
    await expect(startOwnedProcess(options)).rejects.toThrow('ENOENT');
  });
});

describe('leash', () => {
  it('ends the child when its owner is killed', async () => {
    const leashModule = new URL('./leash.ts', import.meta.url).href;
    const owner = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { spawn } from 'node:child_process';
         import { leash } from ${JSON.stringify(leashModule)};
         const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
         leash(child.pid, 'TERM');
         console.log(child.pid);
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const pid = await new Promise<number>((resolve) => owner.stdout.once('data', (chunk) => resolve(Number(chunk))));
    expect(identifyProcess(pid)).toBeDefined();
    owner.kill('SIGKILL');
    expect(await waitUntil(() => identifyProcess(pid) === undefined, 10_000)).toBe(true);
  }, 20_000);
});
