/**
 * Tells whether a process id still means the process that it meant when it was written down.
 * Ids are recycled, so a bare id in a file must never be killed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal only for the same process of the same boot. */
  readonly startedAt: string;
}

/** `undefined` when no such process runs (a zombie counts as gone). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? readLinuxStart(pid) : askPs('lstart=', pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isSameProcessAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** The command line of a running process, arguments separated by blanks; `undefined` when there is none. */
export function readCommandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return askPs('args=', pid);
  return readProcFile(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim();
}

/** Boot id and start tick: a tick alone could repeat after a reboot. */
function readLinuxStart(pid: number): string | undefined {
  const stat = readProcFile(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the command in parentheses and may hold blanks; the third is the state, the 22nd the start tick.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${readProcFile('/proc/sys/kernel/random/boot_id')?.trim()}:${fields[19]}`;
}

function readProcFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

function askPs(column: string, pid: number): string | undefined {
  try {
    return (
      execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || undefined
    );
  } catch {
    // ps exits 1 for an unknown id.
    return undefined;
  }
}
