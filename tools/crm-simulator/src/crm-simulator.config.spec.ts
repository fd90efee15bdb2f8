import { describe, expect, it } from '@jest/globals';
import { readCrmSimulatorConfig } from './crm-simulator.config.js';

describe('configuration', () => {
  it('reads the environment', () => {
    const environment = {
      PORT: '0',
      KAFKA_BROKERS: 'a:1, b:2',
      CRM_DATA_FILE: '/data/crm.json',
      CRM_WORKSPACE_ID: 'ws_1',
      CRM_LATENCY_MS: '5',
    };
    expect(readCrmSimulatorConfig(environment)).toEqual({
      host: '127.0.0.1',
      port: 0,
      brokers: ['a:1', 'b:2'],
      dataFile: '/data/crm.json',
      workspaceId: 'ws_1',
      latencyMs: 5,
      topicPrefix: '',
    });
  });

  it('names every problem at once', () => {
    const read = () => readCrmSimulatorConfig({ PORT: '70000', CRM_LATENCY_MS: '-1' });
    expect(read).toThrow('CRM_DATA_FILE is missing');
    expect(read).toThrow('PORT must be a whole number from 0 to 65535, not "70000".');
    expect(read).toThrow('CRM_LATENCY_MS must be a whole number');
  });
});
