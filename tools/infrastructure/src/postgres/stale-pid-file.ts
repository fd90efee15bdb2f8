/**
 * The lock file of a postmaster that died. PostgreSQL removes it by itself, unless its process id was handed to another process of the
 * same user in the meantime (usual for the small ids of a restarted container): then it refuses to start.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readCommandLine } from '../processes/process-identity.js';
import { readText } from '../read-text.js';

/** INVARIANT: the file of a living PostgreSQL on this cluster stays; rejects instead, since two servers would destroy the data. */
export async function removeStalePidFile(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const pid = Number((await readText(file))?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const command = readCommandLine(pid);
  if (command === undefined) return;
  if (command.includes(cluster))
    throw new Error(`PostgreSQL (process ${pid}) already runs on ${cluster} and is not ours. Stop it first.`);
  await rm(file);
}
