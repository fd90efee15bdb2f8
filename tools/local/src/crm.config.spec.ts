import { describe, expect, it } from '@jest/globals';
import { fillInCrmSettings } from './crm.config.js';
import type { DevFile } from './dev-file/dev-file.js';

const FILE = { kafka_brokers: '127.0.0.1:9092', workspace_id: 'ws_1' } as DevFile;

describe('fillInCrmSettings', () => {
  it('takes broker and workspace of the running installation', () => {
    const environment: NodeJS.ProcessEnv = { KAFKA_BROKERS: '' };
    fillInCrmSettings(FILE, environment);
    expect(environment).toEqual({
      KAFKA_BROKERS: '127.0.0.1:9092',
      CRM_WORKSPACE_ID: 'ws_1',
      CRM_DATA_FILE: expect.stringMatching(/crm-standalone/),
    });
  });

  it('leaves what is set, and no workspace at somebody else’s broker', () => {
    const environment = { KAFKA_BROKERS: 'kafka:9092', CRM_DATA_FILE: '/data/crm.json' };
    fillInCrmSettings(FILE, environment);
    expect(environment).toEqual({ KAFKA_BROKERS: 'kafka:9092', CRM_DATA_FILE: '/data/crm.json' });
  });
});
