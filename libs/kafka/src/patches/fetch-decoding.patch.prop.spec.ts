import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import type { DecodedRecord } from '../consume/record-batch.decoder.js';
import { toKafkaMessage, type FetchedRecord } from '../consume/to-kafka-message.js';
import { decodeFetchResponse } from './fetch-decoding.patch.js';

interface FetchResponse<R> {
  responses: { topicName: string; partitions: { messages: R[] }[] }[];
}

const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<{ buffer: Buffer }>;
};
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => unknown;
const original = require('kafkajs/src/protocol/requests/fetch/v11/response') as {
  decode(payload: Buffer): Promise<FetchResponse<FetchedRecord>>;
};

interface Encoder {
  buffer: Buffer;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeInt64(value: string | number): Encoder;
  writeString(value: string): Encoder;
  writeBuffer(value: Buffer): Encoder;
}

const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => value.isWellFormed());
const record = fc.record({
  key: fc.option(text),
  value: fc.option(fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes))),
  headers: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 3 })),
    { maxKeys: 6, noNullPrototype: true },
  ),
  timestampDelta: fc.oneof(fc.nat(1_000), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
});
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 8 }),
  firstOffset: fc.oneof(fc.nat(1_000), fc.bigInt({ min: 2n ** 52n, max: 2n ** 62n })),
  compression: fc.constantFrom(kafkajs.CompressionTypes.None, kafkajs.CompressionTypes.GZIP),
  attributes: fc.constantFrom(0, 0x08, 0x10, 0x30),
  producerId: fc.integer({ min: -1, max: 1_000 }),
});
type Batch = typeof batch extends fc.Arbitrary<infer T> ? T : never;

/** As the broker stores it: encoded by a producer, then given its offset and attributes. */
const encodeBatch = async ({ records, firstOffset, compression, attributes, producerId }: Batch): Promise<Buffer> => {
  const encoded = records.map((one, offsetDelta) => Record({ ...one, offsetDelta }));
  const times = { firstTimestamp: 1_764_000_000_000, maxTimestamp: 1_764_000_100_000 };
  const { buffer } = await RecordBatch({
    ...times,
    compression,
    producerId,
    lastOffsetDelta: records.length - 1,
    records: encoded,
  });
  buffer.writeBigInt64BE(BigInt(firstOffset), 0);
  buffer.writeInt16BE(buffer.readInt16BE(21) | attributes, 21);
  return buffer;
};

const encodeResponse = (recordSets: readonly Buffer[]): Buffer => {
  const encoder = new Encoder()
    .writeInt32(0)
    .writeInt16(0)
    .writeInt32(0)
    .writeInt32(1)
    .writeString('crm.events.v1')
    .writeInt32(recordSets.length);
  recordSets.forEach((records, partition) => {
    encoder.writeInt32(partition).writeInt16(0).writeInt64('42').writeInt64('41').writeInt64('7');
    encoder.writeInt32(1).writeInt64('5').writeInt64('6');
    encoder.writeInt32(-1).writeInt32(records.length).writeBuffer(records);
  });
  return encoder.buffer;
};

const messages = (response: FetchResponse<FetchedRecord>) =>
  response.responses.flatMap(({ topicName, partitions }) =>
    partitions.map(({ messages }, partition) => messages.map((one) => toKafkaMessage(topicName, partition, one))),
  );
const envelope = ({ responses, ...rest }: FetchResponse<unknown>) => ({
  ...rest,
  responses: responses.map((one) => ({ ...one, partitions: one.partitions.map(({ messages: _, ...partition }) => partition) })),
});
const transactions = (response: FetchResponse<FetchedRecord>) =>
  response.responses.flatMap(({ partitions }) =>
    partitions.flatMap((one) =>
      one.messages.map((message) => {
        const { isControlRecord, batchContext } = message as unknown as DecodedRecord;
        return { isControlRecord, producerId: batchContext.producerId, inTransaction: batchContext.inTransaction };
      }),
    ),
  );

describe('decodeFetchResponse', () => {
  it('decodes what kafkajs decodes, also when the broker has cut the last batch off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(batch, { maxLength: 3 }), { maxLength: 3 }), fc.nat(200), async (partitions, cut) => {
        const recordSets = await Promise.all(
          partitions.map(async (batches) => {
            const encoded = await Promise.all(batches.map(encodeBatch));
            const whole = Buffer.concat(encoded);
            // A broker sends the first batch whole (KIP-74): the limit cuts the last one only.
            return encoded.length > 1 ? whole.subarray(0, whole.length - Math.min(cut, encoded.at(-1)!.length)) : whole;
          }),
        );
        const payload = encodeResponse(recordSets);
        const ours = (await decodeFetchResponse(payload)) as FetchResponse<FetchedRecord>;
        const theirs = await original.decode(payload);
        expect(messages(ours)).toEqual(messages(theirs));
        expect(envelope(ours)).toEqual(envelope(theirs));
        expect(transactions(ours)).toEqual(transactions(theirs));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves message sets of before Kafka 0.11 to kafkajs', async () => {
    const messageSet = Buffer.alloc(40);
    messageSet[16] = 1;
    expect(await decodeFetchResponse(encodeResponse([messageSet]))).toBeUndefined();
  });

  it('takes a header named __proto__ for a header, and of a repeated one the last', async () => {
    const headers = Object.fromEntries([
      ['constructor', 'a'],
      ['twice', ['b', 'c']],
    ]);
    Object.defineProperty(headers, '__proto__', { value: 'd', enumerable: true });
    const one = { key: null, value: Buffer.from('x'), headers, timestampDelta: 0 };
    const payload = encodeResponse([
      await encodeBatch({ records: [one], firstOffset: 0, compression: 0, attributes: 0, producerId: -1 }),
    ]);
    const [[message]] = messages((await decodeFetchResponse(payload)) as FetchResponse<FetchedRecord>) as [
      [ReturnType<typeof toKafkaMessage>],
    ];
    expect(Object.entries(message.headers)).toEqual([
      ['constructor', 'a'],
      ['twice', 'c'],
      ['__proto__', 'd'],
    ]);
    expect(message.headers['toString']).toBeUndefined();
  });

  it('takes a batch of more records than a call takes arguments, which crashes kafkajs', async () => {
    const records = Array.from({ length: 200_000 }, () => ({ key: null, value: null, headers: {}, timestampDelta: 0 }));
    const payload = encodeResponse([
      await encodeBatch({ records, firstOffset: 0, compression: 0, attributes: 0, producerId: -1 }),
    ]);
    await expect(original.decode(payload)).rejects.toThrow(RangeError);
    const { responses } = (await decodeFetchResponse(payload)) as FetchResponse<unknown>;
    expect(responses[0]!.partitions[0]!.messages).toHaveLength(200_000);
  });
});
