/**
 * The one way a process logs: a JSON line on stdout, with the trace it belongs to and without credentials.
 * Writing is synchronous, so that the line before a crash is there.
 */
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino, stdSerializers, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { LogLevel } from './log-level.js';
import { redactSecrets } from './redact.js';

export type Logger = PinoLogger;

export interface LoggerOptions {
  service: string;
  level: LogLevel;
  instanceId?: string;
  /** Where lines go; stdout unless a test wants to read them. */
  destination?: DestinationStream;
}

export function createLogger({ service, level, instanceId, destination = synchronousStdout() }: LoggerOptions): Logger {
  const options = {
    level,
    base: instanceId === undefined ? { service } : { service, instance_id: instanceId },
    timestamp: stdTimeFunctions.isoTime,
    mixin: activeTrace,
    serializers: { err: (error: Error) => redactSecrets({ ...stdSerializers.err(error) }) },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redactSecrets(fields) as Record<string, unknown>,
    },
  };
  return pino(options, destination);
}

function synchronousStdout(): DestinationStream {
  return pino.destination({ dest: 1, sync: true });
}

/** Ties a line to its trace; nothing where no span is active. */
function activeTrace(): Record<string, string> {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  return { trace_id: context.traceId, span_id: context.spanId };
}
