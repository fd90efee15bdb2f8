import type { IncomingEvent } from '../intake/incoming-event.js';

/** W3C Trace Context, version 00 and later ones that keep its form. All-zero ids are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/;

/** The trace that the event belongs to: that of the hop (plain header), else the one that its producer wrote into it. */
export function traceparentOf({ message, event }: IncomingEvent): string | undefined {
  return [message.headers['traceparent'], event.traceparent].find((candidate) => candidate !== undefined && TRACEPARENT.test(candidate));
}
