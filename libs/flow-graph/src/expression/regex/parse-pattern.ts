import { complement, NAMED_SETS, type Assertion, type CharacterSet, type Pattern } from './pattern-syntax.js';

/** A pattern that is not understood; the message says where and what to do. */
export class PatternProblem extends Error {}

const MAX_REPEAT = 1_000;
const MAX_DEPTH = 50;
const CONTROL: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7 };
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  b: 'word_boundary',
  B: 'no_word_boundary',
  A: 'text_start',
  z: 'text_end',
};

export function parsePattern(source: string): Pattern {
  return new PatternParser(source).parse();
}

/** Recursive descent over code points: choice → sequence → repeat → atom. */
class PatternParser {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;
  #ignoreCase = false;
  #multiline = false;
  #dotAll = false;

  constructor(source: string) {
    this.#characters = Array.from(source);
  }

  parse(): Pattern {
    this.#flags();
    const pattern = this.#choice();
    if (this.#peek() !== undefined) throw this.#problem('")" without "("');
    return pattern;
  }

  /** `(?i)`, `(?s)`, `(?m)` and their combinations, at the start of the pattern only. */
  #flags(): void {
    const match = /^\(\?([ism]+)\)/.exec(this.#characters.slice(0, 8).join(''));
    if (match === null) return;
    this.#ignoreCase = (match[1] as string).includes('i');
    this.#multiline = (match[1] as string).includes('m');
    this.#dotAll = (match[1] as string).includes('s');
    this.#at = match[0].length;
  }

  #choice(): Pattern {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#problem('groups are nested too deeply');
    const parts = [this.#sequence()];
    while (this.#accept('|')) parts.push(this.#sequence());
    this.#depth -= 1;
    return parts.length === 1 ? (parts[0] as Pattern) : { kind: 'choice', parts };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek())
      parts.push(this.#repeat());
    if (parts.length === 0) return { kind: 'empty' };
    return parts.length === 1 ? (parts[0] as Pattern) : { kind: 'sequence', parts };
  }

  #repeat(): Pattern {
    const part = this.#atom();
    const bounds = this.#bounds();
    if (bounds === null) return part;
    this.#accept('?'); // Lazy or greedy makes no difference to whether a text matches.
    if (this.#bounds() !== null) throw this.#problem('two repetitions in a row; use a group');
    return { kind: 'repeat', part, ...bounds };
  }

  #bounds(): { min: number; max: number } | null {
    if (this.#accept('*')) return { min: 0, max: Infinity };
    if (this.#accept('+')) return { min: 1, max: Infinity };
    if (this.#accept('?')) return { min: 0, max: 1 };
    const match = /^\{(\d{1,5})(,(\d{1,5})?)?\}/.exec(this.#characters.slice(this.#at, this.#at + 14).join(''));
    if (match === null) return null;
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === undefined ? Infinity : Number(match[3]);
    if (min > MAX_REPEAT || (max !== Infinity && (max > MAX_REPEAT || max < min)))
      throw this.#problem(`a repetition is at most ${MAX_REPEAT} and not reversed`);
    return { min, max };
  }

  #atom(): Pattern {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'set', set: this.#class() };
      case '.':
        return this.#set(this.#dotAll ? [0, 0x10ffff] : [0, 9, 11, 0x10ffff]);
      case '^':
        return { kind: 'assert', what: this.#multiline ? 'line_start' : 'text_start' };
      case '$':
        return { kind: 'assert', what: this.#multiline ? 'line_end' : 'text_end' };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw this.#problem(`"${character}" with nothing to repeat`);
      default:
        return this.#literal(character);
    }
  }

  #group(): Pattern {
    if (this.#accept('?')) {
      const head = /^(?::|P?<[A-Za-z_]\w*>)/.exec(this.#characters.slice(this.#at, this.#at + 40).join(''));
      if (head === null)
        throw this.#problem(
          '"(?" opens no lookaround here; groups are ( ), (?: ) and (?<name> ), flags such as (?i) stand first',
        );
      this.#at += head[0].length;
    }
    const inner = this.#choice();
    if (!this.#accept(')')) throw this.#problem('"(" is never closed');
    return inner;
  }

  #escape(): Pattern {
    const named = this.#namedSet();
    if (named !== null) return { kind: 'set', set: { ranges: named, negated: false, ignoreCase: false } };
    const what = ASSERTIONS[this.#peek() ?? ''];
    if (what === undefined) return this.#literal(String.fromCodePoint(this.#escapedPoint()));
    this.#at += 1;
    return { kind: 'assert', what };
  }

  /** After a backslash: the ranges of `\d` and its kin, or null. */
  #namedSet(): number[] | null {
    const letter = this.#peek();
    const ranges = letter === undefined ? undefined : NAMED_SETS[letter.toLowerCase()];
    if (letter === undefined || ranges === undefined) return null;
    this.#at += 1;
    return letter === letter.toLowerCase() ? [...ranges] : complement(ranges);
  }

  /** After a backslash: one code point. */
  #escapedPoint(): number {
    const character = this.#next();
    const control = CONTROL[character];
    if (control !== undefined) return control;
    if (character === 'x') {
      const match = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.#characters.slice(this.#at, this.#at + 8).join(''));
      const point = match === null ? NaN : parseInt((match[1] ?? match[2]) as string, 16);
      if (match === null || point > 0x10ffff) throw this.#problem('"\\x" is followed by two hexadecimal digits, or by {…}');
      this.#at += match[0].length;
      return point;
    }
    if (/[1-9]/.test(character)) throw this.#problem('backreferences are not supported');
    if (/[A-Za-z0-9]/.test(character)) throw this.#problem(`"\\${character}" is not supported`);
    return character.codePointAt(0) as number;
  }

  #class(): CharacterSet {
    const negated = this.#accept('^');
    const ranges: number[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const low = this.#classMember();
      if (typeof low !== 'number') {
        ranges.push(...low);
        continue;
      }
      const isRange =
        this.#peek() === '-' && this.#characters[this.#at + 1] !== ']' && this.#characters[this.#at + 1] !== undefined;
      if (isRange) this.#at += 1;
      const high = isRange ? this.#classMember() : low;
      if (typeof high !== 'number' || high < low) throw this.#problem('a range goes from a lower to a higher character');
      ranges.push(low, high);
    }
    this.#at += 1;
    return { ranges, negated, ignoreCase: this.#ignoreCase };
  }

  #classMember(): number | number[] {
    if (this.#peek() === undefined) throw this.#problem('"[" is never closed');
    const character = this.#next();
    if (character === '[' && this.#peek() === ':') throw this.#problem('classes such as [:alpha:] are not supported; write a-z');
    if (character !== '\\') return character.codePointAt(0) as number;
    return this.#namedSet() ?? this.#escapedPoint();
  }

  #literal(character: string): Pattern {
    const point = character.codePointAt(0) as number;
    return this.#set([point, point]);
  }

  #set(ranges: readonly number[]): Pattern {
    return { kind: 'set', set: { ranges, negated: false, ignoreCase: this.#ignoreCase } };
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw this.#problem('the pattern ends too early');
    this.#at += 1;
    return character;
  }

  #accept(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #problem(message: string): PatternProblem {
    return new PatternProblem(`${message}, at character ${this.#at} of the pattern`);
  }
}
