import { describe, expect, it } from '@jest/globals';
import { readInfrastructureConfig } from './infrastructure.config.js';

describe('readInfrastructureConfig', () => {
  it('takes an empty variable for an unset one', () => {
    const config = readInfrastructureConfig({ DATABASE_URL: '', KAFKA_BROKERS: '', FLOWS_MAVEN_REPOSITORY: '', JAVA_HOME: '' });
    expect(config).toMatchObject({
      databaseUrl: undefined,
      kafkaBrokers: undefined,
      mavenRepository: undefined,
      javaHome: undefined,
    });
  });

  it('keeps the cache below XDG_CACHE_HOME, unless FLOWS_CACHE_DIR names another place', () => {
    expect(readInfrastructureConfig({ XDG_CACHE_HOME: '/xdg' }).cacheDir).toBe('/xdg/flows');
    expect(readInfrastructureConfig({ XDG_CACHE_HOME: '/xdg', FLOWS_CACHE_DIR: '/own' }).cacheDir).toBe('/own');
  });
});
