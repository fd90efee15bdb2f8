import { deadLetter, type KafkaProducerPort } from '@flows/kafka';
import type { DeadLetter } from '@flows/postgres';
import type { RejectedMessage } from '../intake/incoming-event.js';

/** The row that shows a rejected message to people. */
export function toDeadLetterRow({ message, rejection }: RejectedMessage): DeadLetter {
  const { topic, partition, offset, key, value, headers } = message;
  return {
    topic,
    partition,
    offset,
    key,
    value,
    headers,
    workspaceId: rejection.workspaceId,
    code: rejection.code,
    detail: rejection.detail,
  };
}

/** Puts rejected messages on the topic of dead letters. After a crash some may be there twice; their original offset tells. */
export async function publishDeadLetters(producer: KafkaProducerPort, rejected: readonly RejectedMessage[]): Promise<void> {
  await Promise.all(rejected.map(({ message, rejection }) => deadLetter(producer, message, { ...rejection, attempts: 1 })));
}
