import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readInfrastructureConfig } from './infrastructure.config.js';
import { startInfrastructure } from './start-infrastructure.js';

describe('startInfrastructure', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'flows-infrastructure-'));
    await chmod(root, 0o755);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const lines: string[] = [];
  const log = (line: string) => lines.push(line);

  it('starts nothing where both servers are named', async () => {
    const config = { ...readInfrastructureConfig({}), databaseUrl: 'postgres://elsewhere/flows' };
    const infrastructure = await startInfrastructure({ root, durable: false, kafkaBrokers: 'elsewhere:9092', log, config });
    expect(infrastructure).toMatchObject({
      databaseUrl: 'postgres://elsewhere/flows',
      kafkaBrokers: 'elsewhere:9092',
      postgres: undefined,
      kafka: undefined,
    });
    await infrastructure.stop();
    expect(await readdir(root)).toEqual([]);
  });

  it('prefers the option to the environment', async () => {
    const config = readInfrastructureConfig({ DATABASE_URL: 'postgres://a/x', KAFKA_BROKERS: 'a:1' });
    const infrastructure = await startInfrastructure({ root, durable: false, databaseUrl: 'postgres://b/x', log, config });
    expect(infrastructure).toMatchObject({ databaseUrl: 'postgres://b/x', kafkaBrokers: 'a:1' });
  });

  it('leaves nothing running when one of the servers cannot start', async () => {
    const config = {
      ...readInfrastructureConfig({}),
      cacheDir: '/dev/null/no-cache',
      searchPath: readInfrastructureConfig().searchPath,
    };
    await expect(startInfrastructure({ root, durable: false, log, config })).rejects.toThrow('/dev/null/no-cache');
    // A claim lasts exactly as long as its server.
    expect(await readdir(join(root, 'postgres'))).not.toContain('claim.json');
    expect(await readdir(join(root, 'kafka'))).not.toContain('claim.json');
  }, 30_000);
});
