import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PatternMatcher } from './pattern-matcher.js';
import { parsePattern, PatternProblem } from './parse-pattern.js';
import { programOf } from './pattern-program.js';

const unlimited = { spend: (): void => undefined };

/** Patterns in the part of the syntax that means the same to the host's regular expressions (flag `u`). */
const { pattern } = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small' },
    tie('atom'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'))
      .map(([a, quantifier]) => `(${a})${quantifier}`),
  ),
  atom: fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\d', '\\w', '\\s', '\\b', '\\B', '^', '$', '[a-c1]', '\\.', ''),
}));
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '.', '\n', 'é'), maxLength: 8 });

describe('the matcher of patterns', () => {
  it('agrees with a backtracking matcher on what both understand', () => {
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        expect(new PatternMatcher(programOf(parsePattern(source))).finds(subject, unlimited)).toBe(
          new RegExp(source, 'u').test(subject),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('reads any text as a pattern or says what is wrong with it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab\\()[]{}|*+?^$.-,0129:<>=!xPimsd😀'), maxLength: 30 }), (source) => {
        try {
          new PatternMatcher(programOf(parsePattern(source))).finds('ab01', unlimited);
        } catch (error) {
          expect(error).toBeInstanceOf(PatternProblem);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
