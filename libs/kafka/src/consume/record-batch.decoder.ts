/**
 * Record batches (magic 2) of a fetch response, decoded in one pass into what a handler gets. kafkajs makes a buffer for every record, key
 * and header, copies the headers once per header, and overflows the stack over a batch of some hundred thousand records.
 * Format: Kafka protocol, "Record Batch". Refuses the message sets of before Kafka 0.11.
 */
import kafkajs from 'kafkajs';
import { ByteReader } from './byte-reader.js';
import { decodeHeaderName } from './header-names.js';

/** What kafkajs needs to leave out the records of aborted transactions. */
export interface BatchContext {
  producerId: string;
  inTransaction: boolean;
}

/** In the shape that kafkajs passes on to a batch handler, with text where it has buffers. */
export interface DecodedRecord {
  offset: string;
  timestamp: number;
  /** Bytes in the markers of transactions only. */
  key: string | Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
  isControlRecord: boolean;
  batchContext: BatchContext;
}

interface Codec {
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** Offset and length, which precede what the length counts. */
const PREFIX_BYTES = 12;
const MAGIC_OFFSET = 16;
const MAGIC = 2;
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * Headers without inherited names, so that `__proto__` or `constructor` is a header like any other; an instance of a function is faster
 * to fill than an object made with a null prototype.
 */
const HeaderBag = function () {} as unknown as new () => Record<string, string>;
HeaderBag.prototype = Object.create(null) as object;

/** All whole batches of a record set; the broker may cut the last one off. Undefined for a format that is not ours. */
export const decodeRecordSet = async (bytes: Buffer): Promise<DecodedRecord[] | undefined> => {
  const records: DecodedRecord[] = [];
  const reader = new ByteReader(bytes);
  while (reader.left > MAGIC_OFFSET) {
    const start = reader.at;
    if (bytes[start + MAGIC_OFFSET] !== MAGIC) return undefined;
    const length = bytes.readInt32BE(start + 8);
    if (length > reader.left - PREFIX_BYTES) break;
    const compressed = decodeBatch(reader, start + PREFIX_BYTES + length, records);
    if (compressed) await compressed;
    reader.at = start + PREFIX_BYTES + length;
  }
  return records;
};

/** Appends the records of one batch; returns a promise only where the batch has to be decompressed. */
const decodeBatch = (reader: ByteReader, end: number, records: DecodedRecord[]): Promise<void> | undefined => {
  const firstOffset = reader.int64();
  reader.at += 4 + 4 + 1 + 4; // length, leader epoch, magic, checksum
  const attributes = reader.int16();
  reader.at += 4; // last offset delta
  const firstTimestamp = Number(reader.int64());
  const maxTimestamp = Number(reader.int64());
  const producerId = reader.int64().toString();
  reader.at += 2 + 4; // producer epoch, first sequence
  const count = reader.int32();
  const frame: Frame = {
    firstOffset,
    firstTimestamp,
    appendedAt: attributes & LOG_APPEND_TIME ? maxTimestamp : undefined,
    isControl: (attributes & CONTROL) !== 0,
    context: { producerId, inTransaction: (attributes & TRANSACTIONAL) !== 0 },
  };
  const codec = (kafkajs.CompressionCodecs as Record<number, (() => Codec) | undefined>)[attributes & CODEC_MASK];
  if (!codec) return void decodeRecords(reader, count, frame, records);
  return codec()
    .decompress(reader.bytes.subarray(reader.at, end))
    .then((plain) => decodeRecords(new ByteReader(plain), count, frame, records));
};

interface Frame {
  firstOffset: bigint;
  firstTimestamp: number;
  appendedAt: number | undefined;
  isControl: boolean;
  context: BatchContext;
}

const decodeRecords = (reader: ByteReader, count: number, frame: Frame, records: DecodedRecord[]): void => {
  const { firstOffset, firstTimestamp, appendedAt, isControl, context } = frame;
  const small = firstOffset <= BigInt(Number.MAX_SAFE_INTEGER >> 1) ? Number(firstOffset) : undefined;
  for (let index = 0; index < count; index += 1) {
    const end = reader.varInt() + reader.at;
    reader.at += 1; // attributes, unused
    const timestampDelta = reader.varLong();
    const offsetDelta = reader.varInt();
    records.push({
      offset: small === undefined ? (firstOffset + BigInt(offsetDelta)).toString() : String(small + offsetDelta),
      timestamp: appendedAt ?? firstTimestamp + timestampDelta,
      key: isControl ? reader.varBytes() : reader.varText(),
      value: reader.varBytes(),
      headers: decodeHeaders(reader),
      isControlRecord: isControl,
      batchContext: context,
    });
    if (reader.at !== end) throw new RangeError(`Malformed record: it ends at byte ${reader.at} instead of ${end}`);
  }
};

const decodeHeaders = (reader: ByteReader): Record<string, string> => {
  const headers = new HeaderBag();
  for (let count = reader.varInt(); count > 0; count -= 1) {
    const length = reader.varInt();
    const start = reader.at;
    reader.at += length;
    const name = decodeHeaderName(reader.bytes, start, reader.at);
    headers[name] = reader.varText() ?? '';
  }
  return headers;
};
