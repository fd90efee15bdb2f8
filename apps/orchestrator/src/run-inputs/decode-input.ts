import { decodeRunInput, type SchemaProblem } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';
import type { ArrivedInput } from '../runs/fold-run.js';

/** Problems of one record that its reason names. */
const MOST_TOLD = 10;

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
  return { ok: false, code: 'schema_violation', detail: describe(decoded.problems) };
}

/** Bounded: one record of rubbish must not make a dead letter out of proportion. */
function describe(problems: readonly SchemaProblem[]): string {
  const told = problems.slice(0, MOST_TOLD).map(({ pointer, message }) => `${pointer}: ${message}`);
  const more = problems.length - told.length;
  return `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
