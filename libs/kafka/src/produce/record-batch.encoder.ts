/**
 * Record batches (magic 2) of a produce request, written into one buffer whose size is known beforehand.
 * kafkajs makes a zero-filled buffer for every record and every header and copies each of them three times; at thousands of
 * messages a second that and its garbage are a third of a producer's CPU.
 * Format: Kafka protocol, "Record Batch". No compression, no transactions, no idempotence: what this package sends.
 */
import { crc32c } from './crc32c.js';

export interface RecordToEncode {
  key?: string | Buffer | null;
  value: string | Buffer | null;
  headers?: Record<string, string | Buffer> | undefined;
  /** Unix milliseconds as decimal text; the time of encoding when absent. */
  timestamp?: string | undefined;
}

/** From the base offset to the number of records. */
const BATCH_HEADER_BYTES = 61;
/** Largest varint of a length or delta below 2^31, and of a timestamp delta. */
const VARINT_BYTES = 5;
const VARLONG_BYTES = 10;

/** Upper bound of the bytes of a batch. */
export function recordBatchBytes(records: readonly RecordToEncode[]): number {
  let bytes = BATCH_HEADER_BYTES;
  for (const record of records) bytes += VARINT_BYTES + recordBodyBound(record);
  return bytes;
}

/** Writes a batch at `offset`; returns the offset after it. */
export function writeRecordBatch(target: Buffer, offset: number, records: readonly RecordToEncode[], now: number): number {
  let firstTimestamp = Infinity;
  let maxTimestamp = -Infinity;
  for (const { timestamp } of records) {
    const at = timestamp === undefined ? now : Number(timestamp);
    if (at < firstTimestamp) firstTimestamp = at;
    if (at > maxTimestamp) maxTimestamp = at;
  }
  let at = offset + BATCH_HEADER_BYTES;
  for (let index = 0; index < records.length; index += 1)
    at = writeRecord(target, at, records[index]!, index, firstTimestamp, now);

  target.writeBigInt64BE(0n, offset);
  target.writeInt32BE(at - offset - 12, offset + 8);
  target.writeInt32BE(0, offset + 12);
  target[offset + 16] = 2;
  target.writeInt16BE(0, offset + 21);
  target.writeInt32BE(records.length - 1, offset + 23);
  target.writeBigInt64BE(BigInt(firstTimestamp), offset + 27);
  target.writeBigInt64BE(BigInt(maxTimestamp), offset + 35);
  target.writeBigInt64BE(-1n, offset + 43);
  target.writeInt16BE(0, offset + 51);
  target.writeInt32BE(0, offset + 53);
  target.writeInt32BE(records.length, offset + 57);
  target.writeUInt32BE(crc32c(target, offset + 21, at), offset + 17);
  return at;
}

function recordBodyBound(record: RecordToEncode): number {
  let bytes = 1 + VARLONG_BYTES + 4 * VARINT_BYTES + byteLength(record.key) + byteLength(record.value);
  for (const name in record.headers) bytes += 2 * VARINT_BYTES + Buffer.byteLength(name) + byteLength(record.headers[name]);
  return bytes;
}

function writeRecord(
  target: Buffer,
  offset: number,
  record: RecordToEncode,
  index: number,
  firstTimestamp: number,
  now: number,
): number {
  // The body goes behind the widest possible length, and moves back once its length is known.
  const start = offset + VARINT_BYTES;
  let at = start;
  target[at] = 0;
  at = writeVarLong(target, at + 1, (record.timestamp === undefined ? now : Number(record.timestamp)) - firstTimestamp);
  at = writeVarInt(target, at, index);
  at = writeBytes(target, at, record.key);
  at = writeBytes(target, at, record.value);
  const { headers } = record;
  let count = 0;
  for (const _ in headers) count += 1;
  at = writeVarInt(target, at, count);
  for (const name in headers) {
    at = writeBytes(target, at, name);
    at = writeBytes(target, at, headers[name]);
  }
  const bodyStart = writeVarInt(target, offset, at - start);
  if (bodyStart !== start) target.copyWithin(bodyStart, start, at);
  return bodyStart + (at - start);
}

function byteLength(part: string | Buffer | null | undefined): number {
  if (part === null || part === undefined) return 0;
  return typeof part === 'string' ? Buffer.byteLength(part) : part.length;
}

/** Length as varint (-1 for none), then the bytes. */
function writeBytes(target: Buffer, offset: number, part: string | Buffer | null | undefined): number {
  if (part === null || part === undefined) return writeVarInt(target, offset, -1);
  if (typeof part === 'string') {
    const at = writeVarInt(target, offset, Buffer.byteLength(part));
    return at + target.write(part, at, 'utf8');
  }
  const at = writeVarInt(target, offset, part.length);
  return at + part.copy(target, at);
}

/** Zigzag varint of a 32-bit integer. */
function writeVarInt(target: Buffer, offset: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = offset;
  while (rest > 0x7f) {
    target[at] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
    at += 1;
  }
  target[at] = rest;
  return at + 1;
}

/** Zigzag varint of a non-negative integer below 2^52: differences of times. */
function writeVarLong(target: Buffer, offset: number, value: number): number {
  let rest = value * 2;
  let at = offset;
  while (rest > 0x7f) {
    target[at] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    at += 1;
  }
  target[at] = rest;
  return at + 1;
}
