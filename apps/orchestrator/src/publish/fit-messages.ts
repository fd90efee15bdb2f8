import { PRODUCER_LIMITS } from '@flows/contracts';
import type { OutgoingMessage } from '@flows/kafka';

/** What a broker takes of one message, with room for its key and headers. */
const MAX_VALUE_BYTES = PRODUCER_LIMITS.maxMessageBytes - 16 * 1024;

export interface FittedMessages {
  messages: OutgoingMessage[];
  /** What no record can hold: nothing that is published in its place would do. */
  refused: OutgoingMessage[];
}

/**
 * The last line of defence of a partition: a message that the broker refuses for its size would be tried again for ever, and everything
 * behind it would wait. The run machine bounds what it makes; what slips through all the same is a bug of ours, and one run's only. A run event goes out
 * without its data, which can be read over REST.
 */
export function fitMessages(messages: readonly OutgoingMessage[], runEventsTopic: string): FittedMessages {
  const fitted: FittedMessages = { messages: [], refused: [] };
  for (const message of messages) {
    if (sizeOf(message) <= MAX_VALUE_BYTES) fitted.messages.push(message);
    else if (message.topic === runEventsTopic) fitted.messages.push({ ...message, value: withoutData(String(message.value)) });
    else fitted.refused.push(message);
  }
  return fitted;
}

function sizeOf({ value }: OutgoingMessage): number {
  if (value === null) return 0;
  if (typeof value !== 'string') return value.length;
  return value.length * 3 <= MAX_VALUE_BYTES ? value.length : Buffer.byteLength(value);
}

function withoutData(event: string): string {
  return JSON.stringify({ ...(JSON.parse(event) as object), data: { too_large: true } });
}
