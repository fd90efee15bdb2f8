import response from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import { ByteReader } from '../consume/byte-reader.js';
import { decodeRecordSet } from '../consume/record-batch.decoder.js';

/**
 * Decodes fetch responses of version 11, the newest of kafkajs and so the one used with every broker since Kafka 2.3, in one pass (see
 * record-batch.decoder.ts). A response with message sets of an older format goes the way of kafkajs.
 */
export const patchFetchDecoding = (): void => {
  const original = response.decode;
  response.decode = async (payload) => (await decodeFetchResponse(payload)) ?? original(payload);
};

interface PartitionAnswer {
  partition: number;
  errorCode: number;
  highWatermark: string;
  lastStableOffset: string;
  lastStartOffset: string;
  abortedTransactions: { producerId: string; firstOffset: string }[];
  preferredReadReplica: number;
  messages: unknown[];
}

/** What the original decodes, except that records come with text. Undefined for a record format that is not ours. */
export const decodeFetchResponse = async (payload: Buffer): Promise<object | undefined> => {
  const reader = new ByteReader(payload);
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  const sessionId = reader.int32();
  const recordSets: { answer: PartitionAnswer; bytes: Buffer }[] = [];
  const responses = reader.array(() => ({
    topicName: reader.string(),
    partitions: reader.array(() => readPartition(reader, recordSets)),
  }));
  for (const { answer, bytes } of recordSets) {
    const messages = await decodeRecordSet(bytes);
    if (!messages) return undefined;
    answer.messages = messages;
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
};

const readPartition = (reader: ByteReader, recordSets: { answer: PartitionAnswer; bytes: Buffer }[]): PartitionAnswer => {
  const answer: PartitionAnswer = {
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: reader.int64().toString(),
    lastStableOffset: reader.int64().toString(),
    lastStartOffset: reader.int64().toString(),
    abortedTransactions: reader.array(() => ({ producerId: reader.int64().toString(), firstOffset: reader.int64().toString() })),
    preferredReadReplica: reader.int32(),
    messages: [],
  };
  const sizeBytes = reader.int32();
  if (sizeBytes > 0) recordSets.push({ answer, bytes: reader.sized(sizeBytes).bytes });
  return answer;
};
