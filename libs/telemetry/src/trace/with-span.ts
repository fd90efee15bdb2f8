/** Work inside a span, or inside the trace that a message or row carries. */
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanKind,
  type Tracer,
} from '@opentelemetry/api';
import { parseTraceparent } from './traceparent.js';

export interface SpanSettings {
  kind?: SpanKind;
  attributes?: Attributes;
  /** Traceparents of what led here without being the parent, such as the messages of a batch. Invalid ones are left out. */
  links?: readonly (string | null | undefined)[];
  /** Traceparent of the parent. Absent: the span at hand. Null or invalid: a new trace. */
  parent?: string | null;
}

/**
 * Runs `fn` in a new span that ends when `fn` does, sync or async; an error is recorded and thrown on.
 * Without an SDK no span is made, but the parent's trace stays active inside `fn`.
 */
export function withSpan<T>(tracer: Tracer, name: string, settings: SpanSettings, fn: (span: Span) => T): T {
  const parentContext = settings.parent === undefined ? context.active() : contextOf(settings.parent);
  const { kind, attributes, links } = settings;
  const span = tracer.startSpan(name, { kind, attributes, links: links?.flatMap(toLink) }, parentContext);
  return context.with(trace.setSpan(parentContext, span), () => runInSpan(span, fn));
}

/** Runs `fn` as part of the trace of `traceparent`; outside of any trace where it is invalid. */
export function withRemoteParent<T>(traceparent: string | null | undefined, fn: () => T): T {
  return context.with(contextOf(traceparent), fn);
}

function runInSpan<T>(span: Span, fn: (span: Span) => T): T {
  let result: T;
  try {
    result = fn(span);
  } catch (error) {
    throw endFailed(span, error);
  }
  if (!(result instanceof Promise)) {
    span.end();
    return result;
  }
  return result.then(
    (value: unknown) => {
      span.end();
      return value;
    },
    (error: unknown) => {
      throw endFailed(span, error);
    },
  ) as T;
}

function endFailed(span: Span, error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
  return error;
}

/** What else is in the active context (baggage, suppression) belongs to the caller, not to the work that the message carries. */
function contextOf(traceparent: string | null | undefined): Context {
  const parent = parseTraceparent(traceparent);
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

function toLink(traceparent: string | null | undefined): Link[] {
  const parsed = parseTraceparent(traceparent);
  return parsed === undefined ? [] : [{ context: parsed }];
}
