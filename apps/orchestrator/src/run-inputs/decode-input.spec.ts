import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from '@flows/kafka';
import { decodeInput } from './decode-input.js';

const RUN = '01890a5d-ac96-774b-bcce-b302099a8057';
const nudged = { type: 'run.nudged', id: 'ndg:1', run_id: RUN, workspace_id: RUN, at: 1 };
const message = (value: string | null): KafkaMessage =>
  ({ value: value === null ? null : Buffer.from(value), headers: {} }) as KafkaMessage;

describe('decodeInput', () => {
  it('reads an input, and ignores what it does not know', () => {
    const input = { ...nudged, from_a_newer_service: 1 };
    expect(decodeInput(message(JSON.stringify(input)))).toMatchObject({ ok: true, arrived: { input } });
  });

  it.each<[string, string | null, string]>([
    ['no value', null, 'empty_message'],
    ['text', 'hello', 'not_json'],
    ['a missing member', JSON.stringify({ ...nudged, at: undefined }), 'schema_violation'],
  ])('refuses %s', (_, value, code) => expect(decodeInput(message(value))).toMatchObject({ ok: false, code }));

  it('names ten problems, and counts the others', () => {
    const outcome = { status: 'completed', output: null, effects: Array.from({ length: 25 }, () => 'no object') };
    const decoded = decodeInput(
      message(
        JSON.stringify({ ...nudged, type: 'step.reported', step_id: 's', attempt: 1, started_at: 1, executor: 'e', outcome }),
      ),
    );
    const told = decoded.ok ? [] : decoded.detail.split('; ');
    expect(told).toHaveLength(11);
    expect(told.at(-1)).toMatch(/^and [0-9]+ more$/);
  });
});
