import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@flows/testkit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readInheritedEnvironment } from '../local.config.js';
import { SupervisedService } from './supervised-service.js';

const ENTRY = fileURLToPath(new URL('../../test/sample-service.mjs', import.meta.url));

let folder: string;
let said: string[];
let pid: number | undefined;
let service: SupervisedService;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flows-supervised-'));
  said = [];
});
afterEach(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

function supervise(mode: string): SupervisedService {
  const spec = {
    name: 'sample',
    entry: ENTRY,
    env: { ...readInheritedEnvironment(), MODE: mode },
    logFile: join(folder, 'sample.log'),
    stopRank: 1,
  };
  return (service = new SupervisedService(spec, { say: (line) => said.push(line), onPid: (now) => (pid = now) }));
}

const saidSomething = (pattern: RegExp) => eventually(() => said.some((line) => pattern.test(line)), { timeoutMs: 10_000 });
const isAlive = (id: number) => {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
};

describe('SupervisedService', () => {
  it('starts a service again that was killed, says so, and stops it for good', async () => {
    const { pid: first } = await supervise('well').start();
    expect(pid).toBe(first);
    process.kill(first, 'SIGKILL');
    await saidSomething(/^sample runs again \(process \d+, /);
    expect(said[1]).toBe('sample died (SIGKILL); starting it again in 1 s');
    const second = pid as number;
    expect(second).not.toBe(first);
    await service.stop();
    expect([isAlive(first), isAlive(second), pid]).toEqual([false, false, undefined]);
  });

  it('shows an error that the service logs while it runs', async () => {
    const { pid: running } = await supervise('well').start();
    process.kill(running, 'SIGUSR2');
    await saidSomething(/^sample error: commit failed: no broker$/);
  });

  it('fails a start with bad settings at once, with what the service wrote', async () => {
    await expect(supervise('refuses').start()).rejects.toMatchObject({
      exitCode: 78,
      message: 'sample cannot start: one setting needs attention:\nPORT is "x"',
    });
    expect(said).toEqual([]);
  });

  it('tries a service again that dies during its start, and gives its reason', async () => {
    const start = supervise('broken').start();
    await saidSomething(/^sample died \(exit code 1: cannot start: no database\); starting it again in 2 s$/);
    await service.stop();
    await expect(start).rejects.toThrow('sample was stopped before it was ready.');
  });

  it('kills what does not listen when asked to', async () => {
    const { pid: deaf } = await supervise('deaf').start();
    service.kill();
    await eventually(() => !isAlive(deaf));
  });
});
