import type { ReceivedEvent } from '@flows/contracts';
import type { IncomingEvent } from '../intake/incoming-event.js';

/** An event that a wait of its workspace may be for. */
export interface KeptEvent {
  readonly workspaceId: string;
  readonly event: ReceivedEvent;
  readonly incoming: IncomingEvent;
}

/** RFC 3339 ends with the year 9999. */
const LAST_INSTANT_MS = 253_402_300_799_999;

/** The event as runs see it. One without a time happened when its record was written. */
export function toKeptEvent(incoming: IncomingEvent): KeptEvent {
  const { event, message, workspaceId } = incoming;
  const { id, type, source, subject, data } = event;
  const time = event.time ?? new Date(Math.min(Math.max(message.timestamp, 0), LAST_INSTANT_MS)).toISOString();
  return { workspaceId, incoming, event: { id, type, source, time, ...(subject === undefined ? {} : { subject }), data } };
}
