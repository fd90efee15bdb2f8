/** `traceparent` of W3C Trace Context (https://www.w3.org/TR/trace-context/): the form in which a trace is kept in rows and headers. */
import { isSpanContextValid, trace, type SpanContext } from '@opentelemetry/api';
import { randomBytes } from 'node:crypto';

/** Later versions may append fields after the flags; version ff is forbidden. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})(?<traceId>[0-9a-f]{32})-(?!0{16})(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?:-.*)?$/;

/** Undefined for what is not a valid traceparent: a broken header begins a new trace, it does not break the work. */
export function parseTraceparent(traceparent: string | null | undefined): SpanContext | undefined {
  const groups = TRACEPARENT.exec(traceparent ?? '')?.groups;
  if (groups === undefined) return undefined;
  // Only the sampled flag has a meaning here.
  return {
    traceId: groups['traceId']!,
    spanId: groups['spanId']!,
    traceFlags: Number.parseInt(groups['flags']!, 16) & 1,
    isRemote: true,
  };
}

export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}

export function traceIdOf(traceparent: string | null | undefined): string | undefined {
  return parseTraceparent(traceparent)?.traceId;
}

/** Of the span at hand, or of the remote parent that was set; undefined outside of any trace. */
export function activeTraceparent(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  return active === undefined || !isSpanContextValid(active) ? undefined : formatTraceparent(active);
}

/** Begins a trace where no span does it. Sampled, so that services that export keep what follows. */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
