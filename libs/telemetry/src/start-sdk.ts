import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { startNodeSdk } from '@opentelemetry/sdk-node';
import type { TelemetryConfig } from './telemetry.config.js';

/** Asked by machines every few seconds: spans of them would bury the others. */
const PROBES = new Set(['/livez', '/readyz', '/startupz', '/metrics']);

/** Exporters, samplers and limits come from the `OTEL_*` variables. Logs go to stdout, not through the SDK. */
export function startSdk({ serviceName, logLevel }: TelemetryConfig): { shutdown(): Promise<void> } {
  return startNodeSdk({
    logLevel,
    resourceAttributes: { 'service.name': serviceName, 'service.namespace': 'flows' },
    logRecordProcessors: [],
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: (request) => PROBES.has((request.url ?? '').split('?')[0] ?? ''),
        requireParentforOutgoingSpans: true,
      }),
      // Pollers query all day: only queries that belong to some work make spans.
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
      new UndiciInstrumentation({ requireParentforSpans: true }),
    ],
  });
}
