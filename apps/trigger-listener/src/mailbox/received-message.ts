import { runInputMessage, type EventReceived, type Topics } from '@flows/contracts';
import type { OutgoingMessage } from '@flows/kafka';
import type { Subscriber } from '@flows/postgres';
import { parseTraceparent } from '@flows/telemetry';
import type { IncomingEvent } from '../intake/incoming-event.js';
import { SOURCE } from '../publish/outgoing-messages.js';
import type { KeptEvent } from './kept-event.js';

/** An event for the one wait that it may end. Its id is made of both: however often it is sent, the run takes it once. */
export function receivedMessage(
  topics: Topics,
  { event: kept, runId, stepId }: Subscriber<KeptEvent>,
  now: number,
): OutgoingMessage {
  const { event, workspaceId, incoming } = kept;
  const input: EventReceived = {
    type: 'event.received',
    id: `evt:${event.source}:${event.id}:${runId}:${stepId}`,
    run_id: runId,
    workspace_id: workspaceId,
    at: now,
    event,
    step_id: stepId,
  };
  return runInputMessage(topics, input, SOURCE, traceOf(incoming));
}

/** The trace of the hop, else the one that the producer wrote into the event. */
function traceOf({ message, event }: IncomingEvent): string | undefined {
  return [message.headers['traceparent'], event.traceparent].find((candidate) => parseTraceparent(candidate) !== undefined);
}
