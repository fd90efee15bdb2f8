import type { KafkaMessage, KafkaProducerPort, OutgoingMessage } from './kafka-driver.port.js';
import { KafkaError } from './kafka.errors.js';

export interface DeadLetterReason {
  /** Machine-readable, snake_case. */
  code: string;
  /** For a person; cut at 1 KiB. */
  detail: string;
  /** How often the message was tried. */
  attempts: number;
  /** Default: now. */
  firstFailedAt?: Date;
}

const MAX_DETAIL_BYTES = 1_024;

export const deadLetterTopic = (topic: string): string => `${topic}.dlq`;

/**
 * Puts aside a message that can never be handled: key, value and headers as they came, plus where it was and why it failed. Resolve its
 * offset afterwards. A value that no longer fits with the added headers is left out and its size noted, since a message that cannot be
 * put aside would block its partition.
 */
export const deadLetter = async (producer: KafkaProducerPort, message: KafkaMessage, reason: DeadLetterReason): Promise<void> => {
  const letter = toDeadLetter(message, reason);
  try {
    await producer.publish([letter]);
  } catch (error) {
    if (!(error instanceof KafkaError && error.code === 'message_too_large')) throw error;
    const headers = { ...letter.headers, 'x-value-omitted-bytes': String(message.value?.length ?? 0) };
    await producer.publish([{ ...letter, headers, value: null }]);
  }
};

export const toDeadLetter = (message: KafkaMessage, reason: DeadLetterReason): OutgoingMessage => ({
  topic: deadLetterTopic(message.topic),
  key: message.key,
  value: message.value,
  headers: {
    ...message.headers,
    'x-orig-topic': message.topic,
    'x-orig-partition': String(message.partition),
    'x-orig-offset': message.offset,
    'x-error-code': reason.code,
    'x-error': truncateUtf8(reason.detail, MAX_DETAIL_BYTES),
    'x-attempts': String(reason.attempts),
    'x-first-failed-at': (reason.firstFailedAt ?? new Date()).toISOString(),
  },
});

/** Cuts between characters, never inside one. */
const truncateUtf8 = (text: string, maxBytes: number): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while ((bytes[end]! & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.toString('utf8', 0, end);
};
