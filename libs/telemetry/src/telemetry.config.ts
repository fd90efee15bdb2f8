/**
 * The only place of this package that reads the environment. The `OTEL_*` names are those of the OpenTelemetry specification; the
 * SDK itself reads the rest of them.
 */
import { basename, dirname } from 'node:path';

export interface TelemetryConfig {
  /** Whether anything is exported at all. */
  readonly enabled: boolean;
  readonly serviceName: string;
  readonly logLevel: string;
}

export function readTelemetryConfig(env: NodeJS.ProcessEnv = process.env, entry = process.argv[1]): TelemetryConfig {
  const exporters =
    env['OTEL_TRACES_EXPORTER'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  return {
    enabled: exporters !== undefined && exporters !== '' && exporters !== 'none' && env['OTEL_SDK_DISABLED'] !== 'true',
    serviceName: env['OTEL_SERVICE_NAME'] || serviceOf(entry),
    // The SDK's own messages are no JSON lines: from warnings upwards they go to stderr, the rest stays off.
    logLevel: env['OTEL_LOG_LEVEL'] || 'warn',
  };
}

/** `apps/orchestrator/dist/main.js` is the orchestrator. */
function serviceOf(entry: string | undefined): string {
  return entry === undefined ? 'flows' : basename(dirname(dirname(entry))) || 'flows';
}
