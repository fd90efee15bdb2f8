import { KafkaJSConnectionClosedError } from 'kafkajs/src/errors.js';
import Broker from 'kafkajs/src/broker/index.js';
import protocol from 'kafkajs/src/protocol/requests/index.js';
import { recordBatchBytes, writeRecordBatch, type RecordToEncode } from '../produce/record-batch.encoder.js';

const PRODUCE_KEY = 0;
/** Versions whose body is the one written here. */
const [FIRST_VERSION, LAST_VERSION] = [3, 7];

interface ProduceRequest {
  topicData: { topic: string; partitions: { partition: number; messages: RecordToEncode[] }[] }[];
  transactionalId?: string | null;
  compression?: number;
  acks?: number;
  timeout?: number;
}

/**
 * Encodes produce requests in one buffer (see record-batch.encoder.ts). What is not ours, compression or transactions, goes the
 * way of kafkajs.
 */
export const patchProduceEncoding = (): void => {
  const original = Broker.prototype.produce;
  Broker.prototype.produce = async function produce(options: ProduceRequest) {
    if (options.transactionalId != null || (options.compression ?? 0) !== 0) return original.call(this, options);
    const { acks = -1, timeout = 30_000, topicData } = options;
    const exchange = this.lookupRequest(PRODUCE_KEY, protocol.requests.Produce)({ ...options, acks, timeout });
    const { apiVersion } = exchange.request;
    if (apiVersion < FIRST_VERSION || apiVersion > LAST_VERSION) return original.call(this, options);
    exchange.request.encode = () => Promise.resolve(encodedAs(encodeProduceBody(acks, timeout, topicData, Date.now())));
    try {
      return await this.connectionPool.send(exchange);
    } catch (error) {
      if (error instanceof KafkaJSConnectionClosedError) await this.disconnect();
      throw error;
    }
  };
};

/** Transactional id (null), acks, time-out, topics with their partitions and record sets. */
export function encodeProduceBody(acks: number, timeout: number, topicData: ProduceRequest['topicData'], now: number): Buffer {
  let bytes = 12;
  for (const { topic, partitions } of topicData) {
    bytes += 6 + Buffer.byteLength(topic);
    for (const { messages } of partitions) bytes += 8 + recordBatchBytes(messages);
  }
  const body = Buffer.allocUnsafe(bytes);
  let at = body.writeInt16BE(-1, 0);
  at = body.writeInt16BE(acks, at);
  at = body.writeInt32BE(timeout, at);
  at = body.writeInt32BE(topicData.length, at);
  for (const { topic, partitions } of topicData) {
    at = body.writeInt16BE(Buffer.byteLength(topic), at);
    at += body.write(topic, at, 'utf8');
    at = body.writeInt32BE(partitions.length, at);
    for (const { partition, messages } of partitions) {
      at = body.writeInt32BE(partition, at);
      const end = writeRecordBatch(body, at + 4, messages, now);
      body.writeInt32BE(end - at - 4, at);
      at = end;
    }
  }
  return body.subarray(0, at);
}

/** What kafkajs asks of an encoder that it copies into the frame. */
function encodedAs(body: Buffer): { buf: Buffer; buffer: Buffer; size(): number } {
  return { buf: body, buffer: body, size: () => body.length };
}
