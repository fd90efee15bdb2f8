import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../wait-until.js';
import { claimDataDir } from './data-dir.claim.js';
import { identifyProcess, isSameProcessAlive, type ProcessIdentity } from './process-identity.js';

describe('claimDataDir', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'flows-claim-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const claim = () => claimDataDir(dataDir, 'Server', () => {});
  const dead: ProcessIdentity = { pid: process.pid, startedAt: 'another boot' };

  it('is refused while a living process holds it, and free again after the release', async () => {
    const first = await claim();
    await expect(claim()).rejects.toThrow(`Server on ${dataDir} already belongs to the running process ${process.pid}`);
    await first.release();
    await (await claim()).release();
  });

  it('goes to one of two that ask in the same instant', async () => {
    const outcomes = await Promise.allSettled([claim(), claim()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('ends the server of an owner that died', async () => {
    const orphan = spawn('sleep', ['60'], { stdio: 'ignore' });
    await new Promise((resolve) => orphan.once('spawn', resolve));
    const server = identifyProcess(orphan.pid as number) as ProcessIdentity;
    await writeFile(join(dataDir, 'claim.json'), JSON.stringify({ owner: dead, server }));
    await claim();
    expect(isSameProcessAlive(server)).toBe(false);
  });

  it('leaves a process alone that merely got the id of a dead server', async () => {
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await new Promise((resolve) => stranger.once('spawn', resolve));
      const server = { pid: stranger.pid, startedAt: 'another boot' };
      await writeFile(join(dataDir, 'claim.json'), JSON.stringify({ owner: dead, server }));
      await claim();
      expect(identifyProcess(stranger.pid as number)).toBeDefined();
    } finally {
      stranger.kill('SIGKILL');
      await waitUntil(() => stranger.signalCode !== null, 5_000);
    }
  });

  it('is not held by a file that was cut short', async () => {
    await writeFile(join(dataDir, 'claim.json'), '{"owner":');
    await (await claim()).release();
  });
});
