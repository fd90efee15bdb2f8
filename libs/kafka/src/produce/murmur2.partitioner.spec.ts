import { describe, expect, it } from '@jest/globals';
import { createMurmur2Partitioner, murmur2, partitionForKey } from './murmur2.partitioner.js';

const leaders = (...leaderIds: number[]) =>
  leaderIds.map((leader, partitionId) => ({ partitionId, leader, partitionErrorCode: 0, replicas: [], isr: [] }));

describe('murmur2', () => {
  // The vectors of UtilsTest in Apache Kafka.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });
});

describe('createMurmur2Partitioner', () => {
  const choose = createMurmur2Partitioner();
  const topic = 'any';

  it('gives one key always the same partition', () => {
    const message = { key: 'run_1', value: null };
    expect(choose({ topic, partitionMetadata: leaders(1, 1, 1), message })).toBe(partitionForKey('run_1', 3));
  });

  it('keeps the partition of a key while a leader is away, since order matters more than a delay', () => {
    const partition = partitionForKey('run_1', 3);
    const away = [1, 1, 1].map((leader, id) => (id === partition ? -1 : leader));
    expect(choose({ topic, partitionMetadata: leaders(...away), message: { key: 'run_1', value: null } })).toBe(partition);
  });

  it('obeys an explicit partition', () => {
    expect(choose({ topic, partitionMetadata: leaders(1, 1, 1), message: { key: 'run_1', value: null, partition: 2 } })).toBe(2);
  });

  it('spreads messages without key over the partitions that have a leader', () => {
    const chosen = Array.from({ length: 4 }, () =>
      choose({ topic, partitionMetadata: leaders(1, -1, 1), message: { value: null } }),
    );
    expect(new Set(chosen)).toEqual(new Set([0, 2]));
  });
});
