import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { recordingLogger } from '../../test/kafka-fixture.js';
import { createLogCreator } from './log-mapping.js';

const { ERROR, WARN, INFO, DEBUG } = kafkajs.logLevel;

const levelOf = (level: number, message: string, extra: object = {}) => {
  const log = recordingLogger();
  createLogCreator(log)()({ namespace: 'Connection', level, label: '', log: { timestamp: '', message, ...extra } });
  return log.lines[0]?.level;
};

describe('createLogCreator', () => {
  it.each([
    [ERROR, 'Response Heartbeat(key: 12, version: 3)', { error: 'The group is rebalancing, so a rejoin is needed' }, 'debug'],
    [
      ERROR,
      'Response JoinGroup(key: 11, version: 5)',
      { error: "The coordinator is loading and hence can't process requests for this group" },
      'debug',
    ],
    [
      ERROR,
      'Response OffsetCommit(key: 8, version: 5)',
      { error: 'This is not the correct coordinator for this group' },
      'debug',
    ],
    [ERROR, 'The coordinator is not aware of this member, re-joining the group', {}, 'debug'],
    [ERROR, 'Connection error: connect ECONNREFUSED 127.0.0.1:9', {}, 'warn'],
    [ERROR, 'Failed to connect to seed broker, trying another broker from the list: Connection error', {}, 'warn'],
    [ERROR, 'Offset out of range, resetting to default offset', {}, 'error'],
    [ERROR, 'Crash: KafkaJSNotImplemented: LZ4 compression not implemented', {}, 'error'],
    [WARN, 'Consumer group received unsubscribed topics', {}, 'warn'],
    [INFO, 'Consumer has joined the group', {}, 'info'],
    [INFO, 'Pausing fetching from 1 topics', {}, 'debug'],
    [DEBUG, 'Request Fetch(key: 1, version: 11)', {}, 'debug'],
  ])('maps %s "%s" to the level that deserves attention', (level, message, extra, expected) => {
    expect(levelOf(level, message, extra)).toBe(expected);
  });

  it('keeps the fields of the entry and says where it comes from', () => {
    const log = recordingLogger();
    createLogCreator(log)()({
      namespace: 'Runner',
      level: INFO,
      label: '',
      log: { timestamp: 'now', message: 'hello', groupId: 'g' },
    });
    expect(log.lines).toEqual([
      { level: 'info', message: 'hello', fields: { component: 'kafkajs', namespace: 'Runner', groupId: 'g' } },
    ]);
  });

  it('says nothing for a client that was closed on purpose', () => {
    const log = recordingLogger();
    createLogCreator(log, () => true)()({
      namespace: 'Connection',
      level: ERROR,
      label: '',
      log: { timestamp: '', message: 'boom' },
    });
    expect(log.lines).toEqual([]);
  });
});
