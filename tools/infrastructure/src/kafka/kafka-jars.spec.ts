import { describe, expect, it } from '@jest/globals';
import { kafkaJarsLock } from './kafka-jars.js';

describe('the committed lock of the jars', () => {
  const artifacts = kafkaJarsLock.jars.map(({ coordinates }) => coordinates.split(':'));

  it('names each jar once, with group, artifact, version and SHA-256', () => {
    expect(new Set(artifacts.map(([group, artifact]) => `${group}:${artifact}`)).size).toBe(artifacts.length);
    for (const { coordinates, sha256 } of kafkaJarsLock.jars) {
      expect(coordinates).toMatch(/^[\w.-]+:[\w.-]+:[\w.-]+$/);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('holds the broker of its version and one version of log4j with the binding that lets the broker log', () => {
    expect(kafkaJarsLock.jars.map(({ coordinates }) => coordinates)).toContain(
      `org.apache.kafka:kafka_2.13:${kafkaJarsLock.version}`,
    );
    const log4j = artifacts.filter(([group]) => group === 'org.apache.logging.log4j');
    expect(log4j.map(([, artifact]) => artifact).sort()).toEqual(['log4j-api', 'log4j-core', 'log4j-slf4j-impl']);
    expect(new Set(log4j.map(([, , version]) => version)).size).toBe(1);
  });
});
