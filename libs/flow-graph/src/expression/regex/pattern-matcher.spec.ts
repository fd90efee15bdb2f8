import { describe, expect, it } from '@jest/globals';
import { PatternMatcher } from './pattern-matcher.js';
import { parsePattern, PatternProblem } from './parse-pattern.js';
import { programOf } from './pattern-program.js';

const unlimited = { spend: (): void => undefined };
const matches = (pattern: string, text: string): boolean =>
  new PatternMatcher(programOf(parsePattern(pattern))).finds(text, unlimited);

describe('patterns', () => {
  it.each([
    ['', 'abc', true],
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['c$', 'abc', true],
    ['^abc$', 'abc', true],
    ['^a.c$', 'a\nc', false],
    ['(?s)^a.c$', 'a\nc', true],
    ['(?m)^c$', 'a\nc\nb', true],
    ['^c$', 'a\nc\nb', false],
    ['(?i)straße', 'STRAßE', true],
    ['(?i)[a-c]+', 'B', true],
    ['a|b|c', 'xcx', true],
    ['^(ab|cd)+$', 'abcdab', true],
    ['^(?:ab)?$', '', true],
    ['^(?<name>a)(?P<other>b)$', 'ab', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2,3}$', 'aaa', true],
    ['^a{2,}$', 'aaaaa', true],
    ['^a{2}$', 'aa', true],
    ['^a{,2}$', 'a{,2}', true],
    ['^a+?b*?$', 'aab', true],
    ['^[^a-c]$', 'd', true],
    ['^[^a-c]$', 'b', false],
    ['^[]a]$', ']', true],
    ['^[a-]$', '-', true],
    ['^[\\d_]+$', '12_3', true],
    ['^[\\D]$', '1', false],
    ['^\\w+\\s\\W$', 'ab !', true],
    ['^\\.\\*$', '.*', true],
    ['^\\x41\\x{1F600}$', 'A😀', true],
    ['^.$', '😀', true],
    ['\\bcat\\b', 'a cat.', true],
    ['\\bcat\\b', 'concat', false],
    ['\\Bcat', 'concat', true],
    ['\\Aab\\z', 'ab', true],
    ['(a*)*b', 'aaaaac', false],
    ['(|a)+b', 'aab', true],
    ['^(a|a)*$', 'aaaa', true],
  ])('%s on %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ['(', 'never closed'],
    [')', '")" without "("'],
    ['[a', 'never closed'],
    ['[b-a]', 'a range goes'],
    ['[[:alpha:]]', 'a-z'],
    ['*a', 'nothing to repeat'],
    ['a**', 'two repetitions'],
    ['a{3,2}', 'not reversed'],
    ['a{1001}', 'at most 1000'],
    ['(?!a)', 'lookaround'],
    ['(?<=a)', 'lookaround'],
    ['\\1', 'backreferences'],
    ['\\p{L}', 'not supported'],
    ['\\', 'ends too early'],
    ['\\xZZ', 'hexadecimal'],
    ['('.repeat(60), 'nested too deeply'],
  ])('refuses %s', (pattern, part) => {
    expect(() => matches(pattern, '')).toThrow(PatternProblem);
    expect(() => matches(pattern, '')).toThrow(part);
  });

  it('takes time in proportion to the text, where a backtracking matcher never ends', () => {
    let steps = 0;
    const text = 'a'.repeat(5_000);
    new PatternMatcher(programOf(parsePattern('(a+)+(a*)*(a|aa)+$b'))).finds(text, { spend: (units) => (steps += units) });
    expect(steps).toBeLessThan(20 * text.length);
  });
});
