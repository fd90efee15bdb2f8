import { compileDecoder } from './json/decode.js';
import { CloudEventSchema, type CloudEvent } from './events/cloud-event.js';
import { RunInputSchema, RunNudgedSchema, RunRequestedSchema, StepReportedSchema, TimerFiredSchema, type RunInput } from './run-inputs/run-input.js';
import { StepCommandSchema, type StepCommand } from './step-commands/step-command.js';
import type { Decoded } from './json/decode.js';

/** Decoders of everything that travels, compiled once per process. */
export const decodeStepCommand = compileDecoder<StepCommand>(StepCommandSchema);
export const checkCloudEvent = compileDecoder<CloudEvent>(CloudEventSchema);

const byType: Record<string, (value: unknown) => Decoded<RunInput>> = {
  'run.requested': compileDecoder<RunInput>(RunRequestedSchema),
  'step.reported': compileDecoder<RunInput>(StepReportedSchema),
  'timer.fired': compileDecoder<RunInput>(TimerFiredSchema),
  'run.nudged': compileDecoder<RunInput>(RunNudgedSchema),
};
const anyInput = compileDecoder<RunInput>(RunInputSchema);

/** Chooses by `type` first, so that a problem names the field of that input and not every branch of the union. */
export function decodeRunInput(value: unknown): Decoded<RunInput> {
  const type = value !== null && typeof value === 'object' ? (value as { type?: unknown }).type : undefined;
  return (typeof type === 'string' ? byType[type] ?? anyInput : anyInput)(value);
}

/** Headers of an internal message: CloudEvents binary mode (attributes in `ce_*`), plus the W3C trace context when there is one. */
export function internalHeaders(type: string, id: string, source: string, workspaceId: string, traceparent?: string): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: source,
    ce_type: type,
    ce_workspaceid: workspaceId,
  };
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  return headers;
}
