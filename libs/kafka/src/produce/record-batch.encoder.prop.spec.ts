import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordBatchBytes, writeRecordBatch, type RecordToEncode } from './record-batch.encoder.js';

const require = createRequire(import.meta.url);
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<{ buffer: Buffer }>;
};
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => unknown;

const NOW = 1_764_000_000_000;
const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
const bytes = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
);
const record: fc.Arbitrary<RecordToEncode> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    text.filter((name) => !/^\d+$/.test(name) && name !== '__proto__'),
    text,
    { maxKeys: 8, noNullPrototype: true },
  ),
  timestamp: fc.option(fc.integer({ min: NOW, max: NOW + 100_000_000 }).map(String), { nil: undefined }),
});

describe('writeRecordBatch', () => {
  it('writes the bytes that kafkajs writes, within the bound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(40), async (records, offset) => {
        const times = records.map(({ timestamp }) => (timestamp === undefined ? NOW : Number(timestamp)));
        const firstTimestamp = Math.min(...times);
        const theirs = await RecordBatch({
          firstTimestamp,
          maxTimestamp: Math.max(...times),
          lastOffsetDelta: records.length - 1,
          records: records.map((one, index) =>
            Record({ ...one, offsetDelta: index, timestampDelta: times[index]! - firstTimestamp }),
          ),
        });
        const target = Buffer.alloc(offset + recordBatchBytes(records), 0xee);
        const end = writeRecordBatch(target, offset, records, NOW);
        expect(target.subarray(offset, end).equals(theirs.buffer)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
