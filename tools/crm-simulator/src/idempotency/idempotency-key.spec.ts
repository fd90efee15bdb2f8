import { describe, expect, it } from '@jest/globals';
import { readIdempotencyKey } from './idempotency-key.js';

describe('Idempotency-Key header', () => {
  it('is taken bare and quoted', () => {
    expect(readIdempotencyKey({ 'idempotency-key': 'abc' })).toBe('abc');
    expect(readIdempotencyKey({ 'idempotency-key': ' "abc" ' })).toBe('abc');
    expect(readIdempotencyKey({})).toBeNull();
  });

  it.each(['', '""', 'x'.repeat(256)])('is refused when it is empty or too long (%#)', (header) => {
    expect(() => readIdempotencyKey({ 'idempotency-key': header })).toThrow('Idempotency-Key: must have 1 to 255 characters.');
  });
});
