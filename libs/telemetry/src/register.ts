/**
 * To be loaded before the program: `node --import @flows/telemetry/register dist/main.js`.
 * Libraries that are ES modules, or are imported by some, can only be instrumented when the hook stands before their import.
 */
import { register } from 'node:module';
import { readTelemetryConfig } from './telemetry.config.js';
import { startTelemetry } from './telemetry.js';

/** Everything else is loaded as it is: a wrapped module costs time at the start and may behave differently. Undici needs no hook. */
const INSTRUMENTED = ['pg', 'pg-pool', 'http', 'https', 'node:http', 'node:https'];

if (readTelemetryConfig().enabled) {
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, { data: { include: INSTRUMENTED } });
}
await startTelemetry();
