/** Prepares an empty data directory for KRaft with Kafka's own tool. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BrokerFiles } from './broker-files.js';

const run = promisify(execFile);

/** Formatted means that meta.properties is there, which the tool writes last; a format that was cut short is done again. */
export async function isFormatted(files: BrokerFiles): Promise<boolean> {
  return access(join(files.data, 'meta.properties')).then(
    () => true,
    () => false,
  );
}

export async function formatStorage(files: BrokerFiles, javaCommand: string, jvmArgs: readonly string[]): Promise<void> {
  await rm(files.data, { recursive: true, force: true });
  const clusterId = randomBytes(16).toString('base64url');
  const tool = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, `--config=${files.serverProperties}`];
  await run(javaCommand, [...jvmArgs, ...tool], { cwd: files.dir }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`Kafka: the storage in ${files.data} could not be formatted. ${error.stderr?.trim() || error.message}`);
  });
}
