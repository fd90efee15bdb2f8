import { OutputBuffer } from './output-buffer.js';

/** The framing of the Java library, which Kafka producers use: magic, two versions, then chunks behind their length. */
const FRAME_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const FRAME_HEADER_BYTES = 16;

/** Framed or bare, as producers in other languages send it. Format: google/snappy, format_description.txt. */
export const decompressSnappy = (compressed: Buffer): Buffer => {
  if (!compressed.subarray(0, FRAME_MAGIC.length).equals(FRAME_MAGIC)) return decompressChunk(compressed);
  const chunks: Buffer[] = [];
  for (let at = FRAME_HEADER_BYTES; at < compressed.length;) {
    const end = at + 4 + compressed.readInt32BE(at);
    chunks.push(decompressChunk(compressed.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(chunks);
};

const decompressChunk = (source: Buffer): Buffer => {
  let at = 0;
  let expectedBytes = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = source[at++] ?? 0;
    expectedBytes |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const output = new OutputBuffer(expectedBytes);
  while (at < source.length) {
    const tag = source[at++]!;
    const field = tag >> 2;
    const kind = tag & 3;
    if (kind === 0) {
      const lengthBytes = field < 60 ? 0 : field - 59;
      const length = 1 + (lengthBytes === 0 ? field : source.readUIntLE(at, lengthBytes));
      at += lengthBytes;
      output.append(source, at, at + length);
      at += length;
    } else if (kind === 1) {
      output.repeat(((tag >> 5) << 8) | source.readUInt8(at), (field & 7) + 4);
      at += 1;
    } else {
      const distanceBytes = kind === 2 ? 2 : 4;
      output.repeat(source.readUIntLE(at, distanceBytes), field + 1);
      at += distanceBytes;
    }
  }
  return output.finish();
};
