import { describe, expect, it } from '@jest/globals';
import { formatTraceparent, newTraceparent, parseTraceparent, traceIdOf } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('traceparent', () => {
  it('reads and writes version 00', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true });
    expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, traceFlags: 0 })).toBe(`00-${TRACE}-${SPAN}-00`);
  });

  it('reads later versions that append fields, and keeps the sampled flag only', () => {
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-03-more`)).toMatchObject({ traceId: TRACE, traceFlags: 1 });
  });

  it.each([
    undefined,
    null,
    '',
    'junk',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
  ])('takes %j for no trace', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it('makes new ones that are valid, sampled and different', () => {
    const [first, second] = [newTraceparent(), newTraceparent()];
    expect(parseTraceparent(first)?.traceFlags).toBe(1);
    expect(traceIdOf(first)).not.toBe(traceIdOf(second));
  });
});
