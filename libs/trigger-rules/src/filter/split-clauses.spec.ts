import { describe, expect, it } from '@jest/globals';
import { splitClauses } from './split-clauses.js';

describe('splitClauses', () => {
  it.each([
    ['event.data.score >= 50', ['event.data.score >= 50']],
    ['a == 1 && b == 2 && c', ['a == 1', 'b == 2', 'c']],
    ['a==1&&b', ['a==1', 'b']],
    ['(a && (b && c)) && d', ['a', 'b', 'c', 'd']],
    ['((a))', ['a']],
    ['(a) && (b)', ['(a)', '(b)'].map((clause) => clause.slice(1, -1))],
    ['(a || b) && c', ['a || b', 'c']],
    ['a && b || c', ['a && b || c']],
    ['a && b ? c : d', ['a && b ? c : d']],
    ['(a && b) == c', ['(a && b) == c']],
    ['!(a && b)', ['!(a && b)']],
    [
      'has(event.data.a) && event.data.l.exists(x, x > 1 && x < 3)',
      ['has(event.data.a)', 'event.data.l.exists(x, x > 1 && x < 3)'],
    ],
    ['m["a && b"] == 1 && n[0]', ['m["a && b"] == 1', 'n[0]']],
    ['s == "say \\"&&\\"" && t', ['s == "say \\"&&\\""', 't']],
    ["s == r'\\' && t", ["s == r'\\'", 't']],
    ['s == """a " && b""" && t', ['s == """a " && b"""', 't']],
    ['a // one && two\n  && b', ['a', 'b']],
    ['{"k": a && b}.k && c', ['{"k": a && b}.k', 'c']],
  ])('%s', (source, clauses) => {
    expect(splitClauses(source)).toEqual(clauses);
  });
});
