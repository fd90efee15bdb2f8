/**
 * Typed ids as the API shows them: prefix, underscore, and the UUID in 26 characters of Crockford base32, lower-case
 * (TypeID specification 0.3). Inside, in rows and in internal messages, an id is the plain UUID text.
 */
export const ID_PREFIXES = ['wf', 'ver', 'run', 'srun', 'trg', 'conn', 'agt', 'evt', 'wh', 'key', 'ws', 'apr', 'blk'] as const;
export type IdPrefix = (typeof ID_PREFIXES)[number];

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));
const [DASH, DIGIT_0, LETTER_A] = [45, 48, 97];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** @param uuid lower-case UUID text with dashes. */
export function toTypeId(prefix: IdPrefix, uuid: string): string {
  let out = `${prefix}_`;
  // 128 bits are read as 26 digits of 5 bits; the first digit carries the 2 missing bits as zeros.
  let bits = 0;
  let width = 2;
  for (let index = 0; index < uuid.length; index += 1) {
    const code = uuid.charCodeAt(index);
    if (code === DASH) continue;
    bits = (bits << 4) | (code >= LETTER_A ? code - LETTER_A + 10 : code - DIGIT_0);
    width += 4;
    if (width < 5) continue;
    width -= 5;
    out += ALPHABET[bits >> width]!;
    bits &= (1 << width) - 1;
  }
  return out;
}

/** The UUID of a typed id, or null when the text is not a well-formed id with this prefix. */
export function fromTypeId(prefix: IdPrefix, text: string): string | null {
  if (!text.startsWith(`${prefix}_`)) return null;
  const digits = text.slice(prefix.length + 1);
  if (digits.length !== 26) return null;
  let hex = '';
  let bits = 0;
  let width = -2;
  for (const digit of digits) {
    const value = VALUES.get(digit);
    if (value === undefined) return null;
    if (width === -2 && value > 7) return null;
    bits = (bits << 5) | value;
    width += 5;
    while (width >= 4) {
      width -= 4;
      hex += (bits >> width).toString(16);
      bits &= (1 << width) - 1;
    }
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
