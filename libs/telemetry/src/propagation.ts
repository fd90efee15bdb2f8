/**
 * Lets a trace pass through this process even where nothing is exported: the context follows async calls, and headers are read and
 * written as W3C trace context. Without it the API of OpenTelemetry forgets every parent.
 */
import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

let installed = false;

/** Idempotent. Not for a process in which the SDK runs: that brings its own. */
export function installPropagation(): void {
  if (installed) return;
  installed = true;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}
