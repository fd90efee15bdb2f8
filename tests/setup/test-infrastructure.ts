/** The servers of one jest invocation, with their data in a directory that goes when they go. */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInfrastructure } from '../../tools/infrastructure/src/index.js';

const PREFIX = 'flows-test-';

export interface TestInfrastructure {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  /** Stops the servers and removes their data. */
  stop(): Promise<void>;
}

export async function startTestInfrastructure(): Promise<TestInfrastructure> {
  await removeLeftovers();
  const root = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const removeRoot = () => rm(root, { recursive: true, force: true });
  try {
    // In a root shell PostgreSQL runs as another user, who must be able to enter.
    await chmod(root, 0o755);
    const { databaseUrl, kafkaBrokers, stop } = await startInfrastructure({
      root,
      durable: false,
      log: (line) => console.error(line),
    });
    return { databaseUrl, kafkaBrokers, stop: () => stop().finally(removeRoot) };
  } catch (error) {
    await removeRoot();
    throw error;
  }
}

/** Data of invocations that were killed. Their servers ended with them. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
