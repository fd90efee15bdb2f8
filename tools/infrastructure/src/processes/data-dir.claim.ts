/**
 * One owner per data directory. The claim file names the process that owns the directory and the server that it runs,
 * so that a second start is refused while the owner lives and an orphaned server is ended once the owner is dead.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.js';
import { waitUntil } from '../wait-until.js';
import { identifyProcess, isSameProcessAlive, type ProcessIdentity } from './process-identity.js';

interface Claim {
  readonly owner: ProcessIdentity;
  readonly server?: ProcessIdentity;
}

export interface DataDirClaim {
  /** Writes down which server runs on the directory. */
  recordServer(pid: number): Promise<void>;
  release(): Promise<void>;
}

const ORPHAN_TIMEOUT_MS = 15_000;

/**
 * Rejects with a sentence for the user while a living process owns the directory, this one included.
 * Two starts in the same instant are told apart by the exclusive creation of the file.
 */
export async function claimDataDir(dataDir: string, server: string, log: Log): Promise<DataDirClaim> {
  const owner = identifyProcess(process.pid);
  if (!owner) throw new Error('This process cannot identify itself; is /proc mounted, or ps installed?');
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, 'claim.json');
  const previous = await readClaim(file);
  if (previous) {
    if (isSameProcessAlive(previous.owner)) throw alreadyOwned(server, dataDir, previous.owner.pid);
    if (previous.server) await endOrphan(previous.server, server, log);
    await rm(file, { force: true });
  }
  await writeFile(file, JSON.stringify({ owner } satisfies Claim), { flag: 'wx' }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw alreadyOwned(server, dataDir, (await readClaim(file))?.owner.pid);
    throw error;
  });
  return {
    recordServer: async (pid) => {
      await writeFile(`${file}.new`, JSON.stringify({ owner, server: identifyProcess(pid) } satisfies Claim));
      await rename(`${file}.new`, file);
    },
    release: () => rm(file, { force: true }),
  };
}

function alreadyOwned(server: string, dataDir: string, pid: number | undefined): Error {
  return new Error(
    `${server} on ${dataDir} already belongs to the running process ${pid ?? ''}. Stop that one first, or start in another directory.`,
  );
}

async function readClaim(file: string): Promise<Claim | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Claim;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // Cut short by a crash before any server ran: such a file claims nothing.
    if (error instanceof SyntaxError) {
      await rm(file, { force: true });
      return undefined;
    }
    throw error;
  }
}

/** SIGINT is "fast shutdown" to PostgreSQL and an orderly exit to a JVM. */
async function endOrphan(orphan: ProcessIdentity, server: string, log: Log): Promise<void> {
  if (!isSameProcessAlive(orphan)) return;
  log(`${server}: ending process ${orphan.pid}, left over from an owner that died`);
  const gone = () => !isSameProcessAlive(orphan);
  signal(orphan.pid, 'SIGINT');
  if (await waitUntil(gone, ORPHAN_TIMEOUT_MS)) return;
  signal(orphan.pid, 'SIGKILL');
  if (!(await waitUntil(gone, ORPHAN_TIMEOUT_MS)))
    throw new Error(`${server}: process ${orphan.pid} of a dead owner cannot be ended.`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
