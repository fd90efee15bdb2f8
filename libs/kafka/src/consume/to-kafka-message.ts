import type { KafkaMessage } from '../kafka-driver.port.js';

type Text = Buffer | string;

/** A record as kafkajs hands it over: decoded by us, with text, or by itself, with buffers. */
export interface FetchedRecord {
  offset: string;
  timestamp: string | number;
  key: Text | null;
  value: Buffer | null;
  headers?: Record<string, Text | Text[] | undefined> | undefined;
}

export const toKafkaMessage = (topic: string, partition: number, record: FetchedRecord): KafkaMessage => ({
  key: record.key === null ? null : record.key.toString(),
  value: record.value,
  headers: hasText(record.headers) ? record.headers : toHeaders(record.headers),
  timestamp: Number(record.timestamp),
  topic,
  partition,
  offset: record.offset,
});

/** Either all headers of a record are decoded or none is. */
const hasText = (headers: FetchedRecord['headers']): headers is Record<string, string> => {
  for (const name in headers) return typeof headers[name] === 'string';
  return false;
};

/** Header names come from outside: without a prototype, `__proto__` is a name like any other. */
const toHeaders = (headers: FetchedRecord['headers']): Record<string, string> => {
  const texts = Object.create(null) as Record<string, string>;
  for (const name in headers) {
    const value = headers[name];
    texts[name] = (Array.isArray(value) ? value.at(-1) : value)?.toString() ?? '';
  }
  return texts;
};
