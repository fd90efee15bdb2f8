import type { KafkaMessage as KafkajsMessage } from 'kafkajs';
import type { KafkaMessage } from '../kafka-driver.port.js';

const toText = (value: Buffer | string | (Buffer | string)[] | undefined): string => {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined ? '' : last.toString();
};

/** Header names come from outside: without a prototype, `__proto__` is a name like any other. */
const toHeaders = (headers: KafkajsMessage['headers']): Record<string, string> => {
  const texts: Record<string, string> = Object.create(null);
  for (const name in headers) texts[name] = toText(headers[name]);
  return texts;
};

export const toKafkaMessage = (topic: string, partition: number, message: KafkajsMessage): KafkaMessage => ({
  key: message.key === null ? null : message.key.toString(),
  value: message.value,
  headers: toHeaders(message.headers),
  timestamp: Number(message.timestamp),
  topic,
  partition,
  offset: message.offset,
});
