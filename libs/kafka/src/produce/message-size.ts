import type { OutgoingMessage } from '../kafka-driver.port.js';

/** Length prefixes, offset and timestamp deltas of one record, at their largest. */
const RECORD_OVERHEAD_BYTES = 40;
const HEADER_OVERHEAD_BYTES = 6;

const byteLength = (part: string | Buffer | null): number =>
  part === null ? 0 : typeof part === 'string' ? Buffer.byteLength(part) : part.length;

/** Upper bound of the bytes that a message takes in a request, uncompressed. */
export const messageSizeBytes = (message: OutgoingMessage): number => {
  let size = RECORD_OVERHEAD_BYTES + byteLength(message.key) + byteLength(message.value);
  for (const name in message.headers)
    size += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(message.headers[name]!);
  return size;
};
