import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { createMurmur2Partitioner } from './murmur2.partitioner.js';

describe('createMurmur2Partitioner', () => {
  it('agrees with the Java-compatible partitioner of kafkajs for every key', () => {
    const ours = createMurmur2Partitioner();
    const theirs = kafkajs.Partitioners.DefaultPartitioner();
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(key, fc.integer({ min: 1, max: 100 }), (key, partitions) => {
        const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
          partitionId,
          leader: 1,
          partitionErrorCode: 0,
          replicas: [],
          isr: [],
        }));
        const args = { topic: 'any', partitionMetadata, message: { key, value: null } };
        expect(ours(args)).toBe(theirs(args));
      }),
    );
  });
});
