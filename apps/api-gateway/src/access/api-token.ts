import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * Bearer tokens: `tnx_`, 30 random base62 characters (178 bits), and 6 base62 characters of the CRC32 of all before them.
 * The checksum lets typing errors and scanners be answered without a look into the database. It is no proof of anything.
 */
const PREFIX = 'tnx_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
const FORM = /^tnx_[0-9A-Za-z]{36}$/;
/** How much of a token is shown in lists. */
const SHOWN_LENGTH = 8;

export function createToken(): string {
  let random = '';
  while (random.length < RANDOM_LENGTH) {
    // 248 is the largest multiple of 62 in a byte: the bytes above it would favour the first characters.
    for (const byte of randomBytes(RANDOM_LENGTH))
      if (byte < 248 && random.length < RANDOM_LENGTH) random += ALPHABET.charAt(byte % 62);
  }
  return `${PREFIX}${random}${checksum(PREFIX + random)}`;
}

/** Form and checksum are right: it may exist. */
export function isWellFormedToken(text: string): boolean {
  return FORM.test(text) && text.slice(-CHECKSUM_LENGTH) === checksum(text.slice(0, -CHECKSUM_LENGTH));
}

/** Tokens have the entropy of keys, so a plain hash is enough to store. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export function shownPrefix(token: string): string {
  return token.slice(0, SHOWN_LENGTH);
}

function checksum(text: string): string {
  let rest = crc32(text);
  let out = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    out = ALPHABET.charAt(rest % 62) + out;
    rest = Math.floor(rest / 62);
  }
  return out;
}
