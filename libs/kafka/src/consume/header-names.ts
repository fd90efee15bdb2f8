/**
 * Decodes header names. A topic uses a handful of them, message after message, so the text of a name that was seen before is looked up
 * instead of made anew.
 */
const SLOTS = 256;
const LONGEST = 64;

interface Known {
  bytes: Buffer;
  text: string;
}

/** One name per slot; the newest wins, so foreign names cannot make it grow. */
const known: (Known | undefined)[] = Array.from({ length: SLOTS });

export const decodeHeaderName = (bytes: Buffer, start: number, end: number): string => {
  const length = end - start;
  if (length === 0 || length > LONGEST) return bytes.toString('utf8', start, end);
  const slot = (length * 31 + bytes[start]! * 7 + bytes[end - 1]! * 3 + bytes[(start + end) >> 1]!) % SLOTS;
  const candidate = known[slot];
  if (candidate && isSame(candidate.bytes, bytes, start, length)) return candidate.text;
  const text = bytes.toString('utf8', start, end);
  known[slot] = { bytes: Buffer.from(bytes.subarray(start, end)), text };
  return text;
};

const isSame = (candidate: Buffer, bytes: Buffer, start: number, length: number): boolean => {
  if (candidate.length !== length) return false;
  for (let index = 0; index < length; index += 1) if (candidate[index] !== bytes[start + index]) return false;
  return true;
};
