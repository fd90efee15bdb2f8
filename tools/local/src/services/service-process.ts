/**
 * One life of one service: a process in its own group (Ctrl-C in the terminal reaches us first, so that services stop in order), which
 * tells over its IPC channel that it is ready and ends by itself when that channel closes: it does not outlive us.
 * Refuses to start it again; `supervised-service.ts` does.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ReadyMessage {
  readonly ready: true;
  /** Null for a service without REST. */
  readonly port: number | null;
  readonly pid: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServiceProcess {
  readonly pid: number;
  /** Resolves when the process is gone. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Asks it to end; after `graceMs` it is killed with all that it started. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

export interface ServiceProcessOptions {
  readonly entry: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Both of its outputs are appended here. */
  readonly logFile: string;
  readonly onReady: (message: ReadyMessage) => void;
}

/** Rejects when no process can be started at all. */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const output = openSync(options.logFile, 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', options.entry], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid as number;
  child.on('message', (message) => {
    if (isReadyMessage(message)) options.onReady(message);
  });
  // A channel that breaks while we write or disconnect says only that the process is going; its exit tells the rest.
  child.on('error', () => undefined);
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const kill = () => killGroup(pid);
  return {
    pid,
    exited,
    kill,
    stop: async (graceMs) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const escalation = setTimeout(kill, graceMs);
      await exited;
      clearTimeout(escalation);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'ready' in message && message.ready === true;
}
