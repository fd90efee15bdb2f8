/**
 * A service as its own process, as in production, that a test starts, kills and reads.
 * Owns the process group; a service whose test process dies stops by itself (its IPC channel closes).
 */
import { spawn } from 'node:child_process';
import { inheritedEnvironment } from '../testkit.config.js';
import { collectOutput } from './child-output.js';

/** What `runService` sends over IPC. Stated here again, since service-kit's own tests stand on this package. */
interface ReadyMessage {
  ready: true;
  service: string;
  port: number | null;
  management_port: number;
  pid: number;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ChildService {
  readonly pid: number;
  /** Null for a service without REST. */
  readonly port: number | null;
  readonly managementPort: number;
  /** `http://127.0.0.1:<port>`; throws for a service without REST. */
  url(path?: string): string;
  managementUrl(path: string): string;
  /** Lines of stdout and stderr so far (the last 5000). */
  logs(): string[];
  /** SIGTERM, then waits for the end. */
  stop(): Promise<Exit>;
  /** SIGKILL to the whole process group, then waits for the end. */
  kill9(): Promise<Exit>;
  readonly exited: Promise<Exit>;
}

export interface ChildServiceOptions {
  entry: string;
  env?: Record<string, string>;
  nodeArguments?: readonly string[];
  cwd?: string;
  /** How long it may take to become ready. Default 30 000. */
  readyTimeoutMs?: number;
}

/** Starts `node entry` and resolves when it says that it is ready. @throws with its last lines when it ends or does not get ready. */
export async function startChildService(options: ChildServiceOptions): Promise<ChildService> {
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), options.entry], {
    cwd: options.cwd,
    // Free ports unless the test asks for others.
    env: { ...inheritedEnvironment(), PORT: '0', MANAGEMENT_PORT: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const logs = collectOutput(child);
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  const signalled = (send: () => void) => {
    if (child.exitCode === null && child.signalCode === null) send();
    return exited;
  };
  const kill9 = () => signalled(() => process.kill(-child.pid!, 'SIGKILL'));

  const ready = await new Promise<ReadyMessage>((resolve, reject) => {
    const fail = (reason: string) =>
      reject(new Error(`${options.entry} ${reason}. Its last lines:\n${logs().slice(-30).join('\n')}`));
    const timeoutMs = options.readyTimeoutMs ?? 30_000;
    const timer = setTimeout(() => fail(`was not ready within ${timeoutMs} ms`), timeoutMs);
    child.once('error', reject);
    child.on('message', (message) => {
      if (isReadyMessage(message)) resolve(message);
    });
    void exited
      .then(({ code, signal }) => fail(`ended with ${signal ?? code} before it was ready`))
      .finally(() => clearTimeout(timer));
    child.once('message', () => clearTimeout(timer));
  }).catch(async (error: unknown) => {
    if (child.pid !== undefined) await kill9();
    throw error;
  });

  return {
    pid: ready.pid,
    port: ready.port,
    managementPort: ready.management_port,
    url: (path = '') => {
      if (ready.port === null) throw new Error(`${ready.service} has no REST port`);
      return `http://127.0.0.1:${ready.port}${path}`;
    },
    managementUrl: (path) => `http://127.0.0.1:${ready.management_port}${path}`,
    logs,
    exited,
    stop: () => signalled(() => child.kill('SIGTERM')),
    kill9,
  };
}

function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'ready' in message && message.ready === true;
}
