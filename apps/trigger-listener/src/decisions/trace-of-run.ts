import { formatTraceparent, newTraceparent, parseTraceparent, withSpan } from '@flows/telemetry';
import { isSpanContextValid, SpanKind, trace } from '@opentelemetry/api';
import type { IncomingEvent } from '../intake/incoming-event.js';

const tracer = trace.getTracer('@flows/trigger-listener');

/**
 * The trace that a run goes on in: that of the hop (plain header), else the one that the producer wrote into the event, else a new one.
 * Where spans are exported, the decision is a span of it, and the run that span's child.
 */
export function traceOfRun({ message, event }: IncomingEvent, triggerId: string, runId: string): string {
  const parent = [message.headers['traceparent'], event.traceparent].find(
    (candidate) => parseTraceparent(candidate) !== undefined,
  );
  const attributes = {
    'flows.trigger.id': triggerId,
    'flows.run.id': runId,
    'cloudevents.event_id': event.id,
    'cloudevents.event_type': event.type,
  };
  const span = withSpan(tracer, `decide ${event.type}`, { kind: SpanKind.CONSUMER, parent: parent ?? null, attributes }, (made) =>
    made.spanContext(),
  );
  return isSpanContextValid(span) ? formatTraceparent(span) : newTraceparent();
}
