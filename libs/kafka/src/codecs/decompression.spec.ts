/** What the broker does not produce for codecs.int.spec.ts: bare Snappy, and data that is broken. */
import { describe, expect, it } from '@jest/globals';
import { decompressLz4 } from './lz4.codec.js';
import { decompressSnappy } from './snappy.codec.js';

const literal = (text: string): number[] => [(text.length - 1) << 2, ...Buffer.from(text)];

describe('decompressSnappy', () => {
  it('reads bare chunks with each kind of copy, overlapping ones too', () => {
    const compressed = Buffer.from([
      24, // bytes when decompressed
      ...literal('abcd'),
      ...[0b000_000_01, 4], // copy 4, distance 4
      ...[((8 - 1) << 2) | 2, 2, 0], // copy 8, distance 2
      ...[((8 - 1) << 2) | 3, 16, 0, 0, 0], // copy 8, distance 16
    ]);
    expect(decompressSnappy(compressed).toString()).toBe('abcdabcdcdcdcdcdabcdabcd');
  });

  it('refuses a copy from before the beginning and a literal that ends early', () => {
    expect(() => decompressSnappy(Buffer.from([4, 0b000_000_01, 4]))).toThrow(RangeError);
    expect(() => decompressSnappy(Buffer.from([4, 3 << 2, 0x61]))).toThrow(RangeError);
  });
});

describe('decompressLz4', () => {
  const frame = (flags: number, ...rest: number[]) => Buffer.from([0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0x00, ...rest]);

  it('reads stored and compressed blocks, whose matches may reach into the block before', () => {
    const stored = [3, 0, 0, 0x80, ...Buffer.from('abc')];
    const compressed = [6, 0, 0, 0, 0x10, 0x64, 4, 0, 0x10, 0x65];
    expect(decompressLz4(frame(0x40, ...stored, ...compressed, 0, 0, 0, 0)).toString()).toBe('abcdabcde');
  });

  it('refuses what is no frame, what ends early and what refers to before the beginning', () => {
    expect(() => decompressLz4(Buffer.from('not a frame at all'))).toThrow(RangeError);
    expect(() => decompressLz4(frame(0x40, 3, 0, 0, 0x80, 0x61))).toThrow(RangeError);
    expect(() => decompressLz4(frame(0x40, 4, 0, 0, 0, 0x10, 0x61, 9, 0))).toThrow(RangeError);
  });
});
