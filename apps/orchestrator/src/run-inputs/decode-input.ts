import { decodeRunInput } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import type { ArrivedInput } from '../runs/fold-run.js';

export type DecodedInput = { ok: true; arrived: ArrivedInput } | { ok: false; code: string; detail: string };

/** One record alone: a bad one has its reason, and is no reason for the others. */
export function decodeInput(message: KafkaMessage): DecodedInput {
  if (message.value === null) return { ok: false, code: 'empty_message', detail: 'The record has no value' };
  let value: unknown;
  try {
    value = JSON.parse(message.value.toString('utf8'));
  } catch (error) {
    return { ok: false, code: 'not_json', detail: error instanceof Error ? error.message : String(error) };
  }
  const decoded = decodeRunInput(value);
  if (decoded.ok) return { ok: true, arrived: { input: decoded.value, traceparent: message.headers['traceparent'], message } };
  return { ok: false, code: 'schema_violation', detail: decoded.problems.map(({ pointer, message: why }) => `${pointer}: ${why}`).join('; ') };
}
