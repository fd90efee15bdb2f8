import { compileDecoder } from './json/decode.js';
import { CloudEventSchema, type CloudEvent } from './events/cloud-event.js';
import { RUN_INPUT_SCHEMAS, type RunInput } from './run-inputs/run-input.js';
import { StepCommandSchema, type StepCommand } from './step-commands/step-command.js';
import type { Decoded } from './json/decode.js';
import type { Topics } from './topics/topics.js';

/** Decoders of everything that travels, compiled once per process. */
export const decodeStepCommand = compileDecoder<StepCommand>(StepCommandSchema);
export const checkCloudEvent = compileDecoder<CloudEvent>(CloudEventSchema);

/** A Map: the type comes from outside, and `constructor` is not one. */
const inputDecoders = new Map<string, (value: unknown) => Decoded<RunInput>>(
  Object.entries(RUN_INPUT_SCHEMAS).map(([type, schema]) => [type, compileDecoder<RunInput>(schema)]),
);

/** Chooses by `type` first, so that a problem names the field of that input and not every branch of the union. */
export function decodeRunInput(value: unknown): Decoded<RunInput> {
  if (value === null || typeof value !== 'object')
    return { ok: false, problems: [{ pointer: '#', code: 'type', message: 'must be object' }] };
  const { type } = value as { type?: unknown };
  const decode = typeof type === 'string' ? inputDecoders.get(type) : undefined;
  if (decode !== undefined) return decode(value);
  const message = `must be one of ${[...inputDecoders.keys()].join(', ')}`;
  return { ok: false, problems: [{ pointer: '#/type', code: type === undefined ? 'required' : 'enum', message }] };
}

/**
 * An input on its way to its run, as every service sends it: one topic for all that reaches runs, and the run as the key.
 * @param source who sends it, for `ce_source`.
 */
export function runInputMessage(topics: Topics, input: RunInput, source: string, traceparent?: string) {
  return {
    topic: topics.runInputs,
    key: input.run_id,
    value: JSON.stringify(input),
    headers: internalHeaders(input.type, input.id, source, input.workspace_id, traceparent),
  };
}

/** Headers of an internal message: CloudEvents binary mode (attributes in `ce_*`), plus the W3C trace context when there is one. */
export function internalHeaders(
  type: string,
  id: string,
  source: string,
  workspaceId: string,
  traceparent?: string,
): Record<string, string> {
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
