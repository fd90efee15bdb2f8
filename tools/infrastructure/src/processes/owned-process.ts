/**
 * A server process that we own: its own process group (a Ctrl-C in the terminal reaches us first, so that services stop before
 * what they depend on), output to a file, ended with us.
 * Refuses to know what runs inside and when it is ready.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { leash } from './leash.js';

export interface OwnedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Ours when left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** Unprivileged user for servers that refuse to run as root. */
  readonly uid?: number;
  readonly gid?: number;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** What asks this server to end orderly. */
  readonly stopSignal: 'INT' | 'TERM' | 'KILL';
  /** After this long a stop becomes SIGKILL. */
  readonly stopTimeoutMs: number;
  /** Told when the process ends without having been asked to; `how` reads like "exit code 1" or "SIGKILL". */
  readonly onUnexpectedExit?: (how: string) => void;
}

export interface OwnedProcess {
  readonly pid: number;
  /** Resolves when the process is gone, whatever the reason. Never rejects. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  hasExited(): boolean;
  /** Idempotent; resolves when the process is gone. */
  stop(): Promise<void>;
  /** kill -9; resolves when the process is gone. */
  kill9(): Promise<void>;
}

/** Rejects when the command cannot be started at all. */
export async function startOwnedProcess(options: OwnedProcessOptions): Promise<OwnedProcess> {
  const output = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    uid: options.uid,
    gid: options.gid,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid as number;
  const release = leash(pid, options.stopSignal);
  // Our event loop is not kept alive by a child: an owner that forgets to stop it ends, and the leash follows.
  child.unref();

  let askedToEnd = false;
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      release();
      if (!askedToEnd) options.onUnexpectedExit?.(signal ?? `exit code ${code}`);
      resolve({ code, signal });
    });
  });
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;

  const endBy = async (signal: 'INT' | 'TERM' | 'KILL') => {
    askedToEnd = true;
    if (hasExited()) return;
    child.ref();
    child.kill(`SIG${signal}`);
    const escalation = setTimeout(() => child.kill('SIGKILL'), options.stopTimeoutMs);
    await exited;
    clearTimeout(escalation);
  };

  let stopping: Promise<void> | undefined;
  return { pid, exited, hasExited, stop: () => (stopping ??= endBy(options.stopSignal)), kill9: () => endBy('KILL') };
}

/** The end of a server's log, for error messages. */
export async function readLogTail(logFile: string, lines = 15): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
