import type { CloudEvent } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import type { EventTriggerType } from '@flows/trigger-rules';
import type { Rejection } from './decode-event.js';

/** An event that may be matched: well-formed, of a workspace that exists. */
export interface IncomingEvent {
  readonly event: CloudEvent;
  /** Plain UUID. */
  readonly workspaceId: string;
  /** Which topic it came over, in the words of triggers. */
  readonly channel: EventTriggerType;
  readonly message: KafkaMessage;
}

/** A message that will never be an event. */
export interface RejectedMessage {
  readonly message: KafkaMessage;
  readonly rejection: Rejection;
}

/** What a batch of records turned out to be. Every record is in one of the two. */
export interface Intake {
  readonly events: IncomingEvent[];
  readonly rejected: RejectedMessage[];
}
