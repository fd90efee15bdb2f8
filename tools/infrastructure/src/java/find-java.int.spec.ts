import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InfrastructureConfig } from '../infrastructure.config.js';
import { findInstalledJava } from './find-java.js';

describe('findInstalledJava', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'flows-java-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** A JAVA_HOME whose `java` prints what the given version would print. */
  async function installJava(version: string): Promise<string> {
    const home = join(root, version);
    const command = join(home, 'bin', 'java');
    await mkdir(join(home, 'bin'), { recursive: true });
    await writeFile(command, `#!/bin/sh\necho 'openjdk version "${version}" 2025-07-15' >&2\n`);
    await chmod(command, 0o755);
    return home;
  }

  const configOf = (javaHome: string, searchPath: string): InfrastructureConfig => ({
    databaseUrl: undefined,
    kafkaBrokers: undefined,
    cacheDir: root,
    mavenRepository: undefined,
    javaHome,
    searchPath,
  });

  it('prefers JAVA_HOME to the PATH', async () => {
    const javaHome = await installJava('21.0.8');
    const onPath = await installJava('17.0.15');
    const found = await findInstalledJava({ log: () => {}, config: configOf(javaHome, join(onPath, 'bin')) });
    expect(found).toEqual({ command: join(javaHome, 'bin', 'java'), version: '21.0.8' });
  });

  it('passes over a JAVA_HOME that is too old, and says so', async () => {
    const lines: string[] = [];
    const javaHome = await installJava('11.0.2');
    const onPath = await installJava('17.0.15');
    const found = await findInstalledJava({ log: (line) => lines.push(line), config: configOf(javaHome, join(onPath, 'bin')) });
    expect(found?.version).toBe('17.0.15');
    expect(lines).toEqual([expect.stringContaining('Java 11.0.2')]);
  });

  it('finds nothing where nothing is installed', async () => {
    expect(
      await findInstalledJava({ log: () => {}, config: configOf(join(root, 'absent'), join(root, 'absent')) }),
    ).toBeUndefined();
  });
});
