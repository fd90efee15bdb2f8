import { describe, expect, it } from '@jest/globals';
import { toDeadLetter } from './dead-letter.js';

const message = {
  topic: 'crm.events.v1',
  partition: 3,
  offset: '17',
  key: 'lead_1',
  value: Buffer.from('{'),
  headers: { ce_id: '1' },
  timestamp: 0,
};

describe('toDeadLetter', () => {
  it('keeps the message as it came and adds where it was and why it failed', () => {
    const firstFailedAt = new Date('2026-01-02T03:04:05Z');
    expect(toDeadLetter(message, { code: 'not_json', detail: 'ends early', attempts: 3, firstFailedAt })).toEqual({
      topic: 'crm.events.v1.dlq',
      key: 'lead_1',
      value: Buffer.from('{'),
      headers: {
        ce_id: '1',
        'x-orig-topic': 'crm.events.v1',
        'x-orig-partition': '3',
        'x-orig-offset': '17',
        'x-error-code': 'not_json',
        'x-error': 'ends early',
        'x-attempts': '3',
        'x-first-failed-at': '2026-01-02T03:04:05.000Z',
      },
    });
  });

  it.each([
    ['a'.repeat(2_000), 1_024],
    [`a${'ü'.repeat(1_000)}`, 1_023],
    ['€'.repeat(1_000), 1_023],
    ['😀'.repeat(1_000), 1_024],
  ])('cuts a long detail at 1 KiB without splitting a character', (detail, bytes) => {
    const { headers } = toDeadLetter(message, { code: 'any', detail, attempts: 1 });
    expect(Buffer.byteLength(headers!['x-error']!)).toBe(bytes);
    expect(detail.startsWith(headers!['x-error']!)).toBe(true);
  });
});
