/**
 * Ties a child's life to ours: when this process dies without a chance to clean up (kill -9, crash), the child is ended too.
 * The leash is a shell that blocks on a pipe whose other end only we hold; the kernel closes that end at our death.
 * Refuses to work where there is no POSIX shell; there the next start cleans up (see data-dir.claim.ts).
 */
import { spawn } from 'node:child_process';

/** The builtin `read`, not a program: no child of the shell outlives it unreaped. $1 process group, $2 signal, then SIGKILL after 10 s for one that does not listen. */
const WATCH =
  'read -r _; kill -s "$2" -- "$1" 2>/dev/null; i=0; while kill -0 -- "$1" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done; kill -s KILL -- "$1" 2>/dev/null';

/**
 * Watches over the process group led by `pid`. Returns the release, to be called once the child is known to be gone:
 * a later reuse of the id must not be hit.
 */
export function leash(pid: number, signal: 'INT' | 'TERM' | 'KILL'): () => void {
  if (process.platform === 'win32') return () => {};
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'flows-leash', `-${pid}`, signal], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A leash that could not be started, or was released, must not take its owner along.
  watcher.on('error', () => {});
  watcher.stdin.on('error', () => {});
  watcher.unref();
  (watcher.stdin as unknown as { unref?: () => void }).unref?.();
  return () => {
    if (watcher.pid === undefined || watcher.exitCode !== null || watcher.signalCode !== null) return;
    try {
      process.kill(-watcher.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
}
