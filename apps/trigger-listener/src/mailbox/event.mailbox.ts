import type { Topics } from '@flows/contracts';
import type { OutgoingMessage } from '@flows/kafka';
import { findAwaitedEvents, findSubscribers } from '@flows/postgres';
import type pg from 'pg';
import { MAX_EVENT_BYTES } from '../intake/decode-event.js';
import type { IncomingEvent, RejectedMessage } from '../intake/incoming-event.js';
import { receivedMessage } from './received-message.js';
import { toKeptEvent, type KeptEvent } from './kept-event.js';

/** Longer records may grow beyond what a message takes: "1e20" is written out with 21 digits. */
const MAY_GROW_BYTES = MAX_EVENT_BYTES / 4;
/** Of messages that are held at once. One event may be for as many waits as there are runs. */
const PAGE_BYTES = 8 * 1024 * 1024;

/**
 * The side of the events where waits and events meet: which events are kept, and to which open waits they are sent.
 *
 * INVARIANT: kept events are committed (with the decisions) before their waits are looked up; the orchestrator commits a wait before it
 * reads the mailbox. So of two that come at the same time at least one sees the other; runs ignore what comes twice.
 */
export class EventMailbox {
  constructor(
    private readonly pool: pg.Pool,
    private readonly topics: Topics,
  ) {}

  /** The events to keep. One that no message could carry becomes a dead letter. */
  async choose(events: readonly IncomingEvent[], rejected: RejectedMessage[]): Promise<KeptEvent[]> {
    const awaited = await findAwaitedEvents(this.pool, events);
    return awaited.map(toKeptEvent).filter((kept) => {
      const bytes = bytesOf(kept);
      if (bytes <= 2 * MAX_EVENT_BYTES) return true;
      const { message, workspaceId } = kept.incoming;
      const detail = `The event has ${bytes} bytes when written out and no run that waits for it can get it; at most ${2 * MAX_EVENT_BYTES} are sent`;
      rejected.push({ message, rejection: { code: 'event_too_large', detail, workspaceId } });
      return false;
    });
  }

  /**
   * `event.received` for every open wait that one of the events may be for, page by page. Repeated, it says the same with the same ids.
   * @param now Unix milliseconds
   */
  async *deliveries(events: readonly KeptEvent[], now: number): AsyncGenerator<OutgoingMessage[], void, undefined> {
    for await (const subscribers of findSubscribers(this.pool, events)) {
      let page: OutgoingMessage[] = [];
      let bytes = 0;
      for (const subscriber of subscribers) {
        const message = receivedMessage(this.topics, subscriber, now);
        page.push(message);
        bytes += message.value?.length ?? 0;
        if (bytes < PAGE_BYTES) continue;
        yield page;
        [page, bytes] = [[], 0];
      }
      if (page.length > 0) yield page;
    }
  }
}

function bytesOf({ event, incoming }: KeptEvent): number {
  const { value } = incoming.message;
  return value === null || value.length <= MAY_GROW_BYTES ? 0 : Buffer.byteLength(JSON.stringify(event));
}
