import { OutputBuffer } from './output-buffer.js';

const MAGIC = 0x184d2204;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY_ID = 0x01;
const UNCOMPRESSED = 0x8000_0000;
const MIN_MATCH = 4;

/** One frame, as Kafka producers write it; checksums are left to those of the record batch. Format: lz4_Frame_format.md, lz4_Block_format.md. */
export const decompressLz4 = (compressed: Buffer): Buffer => {
  if (compressed.readUInt32LE(0) !== MAGIC) throw new RangeError('Not an LZ4 frame');
  const flags = compressed.readUInt8(4);
  let at = 7 + (flags & CONTENT_SIZE ? 8 : 0) + (flags & DICTIONARY_ID ? 4 : 0);
  const output = new OutputBuffer(compressed.length * 4);
  for (;;) {
    const size = compressed.readUInt32LE(at);
    at += 4;
    if (size === 0) return output.finish();
    const end = at + (size & ~UNCOMPRESSED);
    if (size >= UNCOMPRESSED) output.append(compressed, at, end);
    else decompressBlock(compressed, at, end, output);
    at = end + (flags & BLOCK_CHECKSUM ? 4 : 0);
  }
};

const decompressBlock = (source: Buffer, start: number, end: number, output: OutputBuffer): void => {
  let at = start;
  const readLength = (nibble: number): number => {
    let length = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) byte = source.readUInt8(at++);
    return length;
  };
  while (at < end) {
    const token = source.readUInt8(at++);
    const literals = readLength(token >> 4);
    output.append(source, at, at + literals);
    at += literals;
    if (at >= end) return; // The last sequence is literals only.
    const distance = source.readUInt16LE(at);
    at += 2;
    output.repeat(distance, readLength(token & 15) + MIN_MATCH);
  }
};
