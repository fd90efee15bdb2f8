import { afterEach, describe, expect, it } from '@jest/globals';
import { RUN_SOURCES, startChildService, eventually, type ChildService } from '@flows/testkit';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../test/sample-service.ts', import.meta.url));
const running: ChildService[] = [];
afterEach(() => Promise.all(running.splice(0).map((service) => service.kill9())));

async function start(env: Record<string, string> = {}): Promise<ChildService> {
  const service = await startChildService({ entry, env, nodeArguments: RUN_SOURCES });
  running.push(service);
  return service;
}

const messages = (service: ChildService) => service.logs().map((line) => (JSON.parse(line) as { msg: string }).msg);
const statusOf = async (service: ChildService, path: string) => (await fetch(service.managementUrl(path))).status;

describe('runService', () => {
  it('serves, tells where, and answers probes', async () => {
    const readyFile = join(mkdtempSync(join(tmpdir(), 'flows-ready-')), 'ready.json');
    const service = await start({ INSTANCE_ID: 'i-7', READY_FILE: readyFile });
    await expect((await fetch(service.url('/instance'))).json()).resolves.toEqual({ instance: 'i-7' });
    expect(
      await Promise.all(['/livez', '/readyz', '/startupz', '/metrics', '/else'].map((path) => statusOf(service, path))),
    ).toEqual([200, 200, 200, 200, 404]);
    const metrics = await (await fetch(service.managementUrl('/metrics'))).text();
    expect(metrics).toMatch(/^process_resident_memory_bytes\{service="sample"\} \d+$/m);
    expect(JSON.parse(readFileSync(readyFile, 'utf8'))).toEqual({
      ready: true,
      service: 'sample',
      port: service.port,
      management_port: service.managementPort,
      pid: service.pid,
    });
  });

  it('waits for what it needs, and says what it waits for', async () => {
    const service = await start({ MODE: 'late' });
    await eventually(() => messages(service).includes('ready'));
    expect(messages(service)[0]).toBe('waiting to become ready');
  });

  it('stops in order: requests are answered, transports closed, hooks run', async () => {
    const service = await start();
    const slow = fetch(service.url('/slow'));
    await eventually(() => messages(service).includes('slow request began'));
    await expect(service.stop()).resolves.toEqual({ code: 0, signal: null });
    await expect((await slow).text()).resolves.toBe('done');
    const order = ['stopping', 'strategy closed', 'application shut down', 'pool closed', 'stopped'];
    expect(messages(service).filter((message) => order.includes(message))).toEqual(order);
  });

  it('says that it is not ready before it stops to serve', async () => {
    const service = await start({ STOP_DELAY_MS: '20000' });
    const exit = service.stop();
    await eventually(async () => (await statusOf(service, '/readyz')) === 503);
    expect((await fetch(service.url('/instance'))).status).toBe(200);
    expect(await statusOf(service, '/livez')).toBe(200);
    process.kill(service.pid, 'SIGTERM');
    await expect(exit).resolves.toEqual({ code: 1, signal: null });
  });

  it('leaves at once at the second signal', async () => {
    const service = await start({ MODE: 'stuck' });
    const exit = service.stop();
    await eventually(() => messages(service).includes('strategy closed'));
    process.kill(service.pid, 'SIGINT');
    await expect(exit).resolves.toEqual({ code: 1, signal: null });
  });

  it('dies by SIGKILL at an armed failpoint', async () => {
    const service = await start({ FAILPOINTS: 'gateway.after_insert_before_publish=kill@2' });
    await expect((await fetch(service.url('/failpoint'))).text()).resolves.toBe('passed');
    await expect(fetch(service.url('/failpoint'))).rejects.toThrow();
    await expect(service.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('logs a rejection that nobody handles and exits 1', async () => {
    const service = await start();
    await fetch(service.url('/stray')).catch(() => undefined);
    await expect(service.exited).resolves.toEqual({ code: 1, signal: null });
    expect(messages(service)).toContain('unhandled rejection');
  });

  it('refuses bad settings with all problems, exit code 78 and no stack', async () => {
    const failure = startChildService({ entry, env: { PORT: 'x', FAILPOINTS: 'unknown=kill' }, nodeArguments: RUN_SOURCES });
    await expect(failure).rejects.toThrow(
      /ended with 78 before it was ready.*sample cannot start: 2 settings need attention:\n {2}FAILPOINTS is "unknown=kill".*\n {2}PORT is "x"/s,
    );
    await expect(failure).rejects.not.toThrow(/\n\s+at /);
  });
});
