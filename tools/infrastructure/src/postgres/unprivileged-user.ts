/**
 * PostgreSQL refuses to run as root. In a root shell (containers, CI) it runs as a user that the system already has:
 * no user is created, since that would change the host for good.
 */
import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { dirname } from 'node:path';

export interface UnprivilegedUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** `undefined` when this process is not root and nothing has to change. */
export function chooseUnprivilegedUser(): UnprivilegedUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of CANDIDATES) {
    const uid = readId('-u', name);
    const gid = readId('-g', name);
    if (uid !== undefined && gid !== undefined) return { name, uid, gid };
  }
  throw new Error(
    `PostgreSQL does not run as root, and neither ${CANDIDATES.join(' nor ')} exists here. Run as an ordinary user, create the user postgres, or set DATABASE_URL.`,
  );
}

/** True when the user can enter `dir` through all its parents and write there. */
export function canWrite(user: UnprivilegedUser, dir: string): boolean {
  return succeeds(user, '/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', dir]);
}

/** True when the user can reach and run `program`. */
export function canRun(user: UnprivilegedUser, program: string): boolean {
  return succeeds(user, program, ['--version']);
}

export function giveTo(user: UnprivilegedUser, dir: string): void {
  chownSync(dir, user.uid, user.gid);
}

function succeeds(user: UnprivilegedUser, program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { uid: user.uid, gid: user.gid, cwd: dirname('/'), stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function readId(flag: string, name: string): number | undefined {
  try {
    const id = Number.parseInt(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }), 10);
    return Number.isNaN(id) || id === 0 ? undefined : id;
  } catch {
    // id exits 1 for an unknown user.
    return undefined;
  }
}
