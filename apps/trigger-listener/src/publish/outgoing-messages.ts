import { runInputMessage, type Topics } from '@flows/contracts';
import type { OutgoingMessage } from '@flows/kafka';
import type { QueuedRun } from '@flows/postgres';

/** `ce_source` of what this service sends. */
export const SOURCE = '/flows/trigger-listener';

/** The request of an accepted run, for the one topic of everything that reaches runs. Its id is the run's: receivers see a repetition as such. */
export function requestMessage(
  topics: Topics,
  { request, traceparent }: Pick<QueuedRun, 'request' | 'traceparent'>,
): OutgoingMessage {
  return runInputMessage(topics, request, SOURCE, traceparent);
}
