import { decodeStepCommand, type StepRunCommand } from '@flows/contracts';
import type { KafkaMessage } from '@flows/kafka';

/** PostgreSQL's integer. */
const MAX_ATTEMPT = 2 ** 31 - 1;

export type DecodedCommand = { ok: true; command: StepRunCommand } | { ok: false; code: string; detail: string };

/** Never throws: what cannot be read is for the dead letters. */
export function decodeCommand(message: KafkaMessage): DecodedCommand {
  if (message.value === null) return { ok: false, code: 'empty_message', detail: 'The record has no value' };
  let value: unknown;
  try {
    value = JSON.parse(message.value.toString('utf8'));
  } catch (error) {
    return { ok: false, code: 'not_json', detail: `The value is not JSON: ${(error as Error).message}` };
  }
  const decoded = decodeStepCommand(value);
  if (!decoded.ok) {
    const detail = decoded.problems
      .slice(0, 10)
      .map(({ pointer, message: text }) => `${pointer}: ${text}`)
      .join('; ');
    return { ok: false, code: 'schema_violation', detail };
  }
  const { id, idempotency_key, step_id, attempt } = decoded.value;
  // What the ledger's columns cannot hold would fail the statement of a whole batch, again and again.
  if (`${id}${idempotency_key}${step_id}`.includes('\0'))
    return { ok: false, code: 'schema_violation', detail: 'An id contains the character NUL' };
  if (attempt > MAX_ATTEMPT) return { ok: false, code: 'schema_violation', detail: `#/attempt: must be <= ${MAX_ATTEMPT}` };
  return { ok: true, command: decoded.value };
}
