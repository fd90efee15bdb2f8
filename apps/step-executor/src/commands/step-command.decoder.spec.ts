import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from '@flows/kafka';
import { decodeCommand } from './step-command.decoder.js';

const RUN = '01890a5d-ac96-774b-bcce-b302099a8057';
const command = {
  type: 'step.run',
  id: 'a1',
  run_id: RUN,
  workspace_id: RUN,
  step_id: 's',
  step_run_id: RUN,
  attempt: 1,
  idempotency_key: 'k',
  work: { kind: 'connector', connection: 'c', action: 'noop.run' },
  input: null,
  timeout_ms: 1000,
  scheduled_at: 0,
  causation_depth: 0,
};
const message = (value: unknown): KafkaMessage =>
  ({ value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) }) as KafkaMessage;

describe('decodeCommand', () => {
  it('reads a command', () => expect(decodeCommand(message(command))).toEqual({ ok: true, command }));

  it('ignores what it does not know', () => {
    const newer = { ...command, work: { ...command.work, extra: 1 }, extra: 1 };
    expect(decodeCommand(message(newer))).toEqual({ ok: true, command: newer });
  });

  it.each<[string, unknown, string]>([
    ['no value', null, 'empty_message'],
    ['text', 'hello', 'not_json'],
    ['another type', { ...command, type: 'step.cancel' }, 'schema_violation'],
    ['an id that is no UUID', { ...command, workspace_id: 'abc' }, 'schema_violation'],
    ['NUL in a key', { ...command, idempotency_key: 'a\0b' }, 'schema_violation'],
    ['an attempt beyond the column', { ...command, attempt: 2 ** 31 }, 'schema_violation'],
    ['an array', [], 'schema_violation'],
  ])('refuses %s', (_, value, code) => expect(decodeCommand(message(value))).toMatchObject({ ok: false, code }));
});
