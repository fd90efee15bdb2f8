import { describe, expect, it } from '@jest/globals';
import { brokerProperties, formatProperties } from './broker-properties.js';

describe('brokerProperties', () => {
  const properties = brokerProperties({ dataDir: '/data', brokerPort: 20001, controllerPort: 20002 });

  it('listens on loopback only', () => {
    for (const name of ['listeners', 'advertised.listeners', 'controller.quorum.voters'] as const) {
      expect(properties[name]?.match(/\d+\.\d+\.\d+\.\d+/g)?.every((host) => host === '127.0.0.1')).toBe(true);
    }
  });

  it('asks one node for nothing that needs more than one replica', () => {
    const replicas = Object.entries(properties).filter(([name]) =>
      /replication\.factor$|min\.isr$|min\.insync\.replicas$/.test(name),
    );
    expect(replicas.map(([, value]) => value)).toEqual(replicas.map(() => '1'));
    expect(replicas.length).toBeGreaterThanOrEqual(6);
  });
});

describe('formatProperties', () => {
  it('escapes backslashes, which Java properties would swallow', () => {
    expect(formatProperties({ 'log.dirs': 'C:\\flows\\data' })).toBe('log.dirs=C:\\\\flows\\\\data\n');
  });
});
