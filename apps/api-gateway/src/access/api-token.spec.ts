import { describe, expect, it } from '@jest/globals';
import { createToken, isWellFormedToken, shownPrefix } from './api-token.js';

describe('api tokens', () => {
  it('have their form, and a checksum that notices every change of one character', () => {
    const token = createToken();
    expect(token).toMatch(/^tnx_[0-9A-Za-z]{36}$/);
    expect(isWellFormedToken(token)).toBe(true);
    for (let index = 0; index < token.length; index += 1) {
      const other = token[index] === 'a' ? 'b' : 'a';
      expect(isWellFormedToken(token.slice(0, index) + other + token.slice(index + 1))).toBe(false);
    }
    expect(shownPrefix(token)).toBe(token.slice(0, 8));
  });

  it('use all characters about equally often', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 2_000; index += 1)
      for (const character of createToken().slice(4, 34)) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // 60 000 draws: 968 expected each, with a deviation of 31.
    for (const count of counts.values()) expect(Math.abs(count - 968)).toBeLessThan(31 * 6);
  });
});
