import type { Frame } from '../frame.js';
import type { Instruction } from './pattern-program.js';
import { NAMED_SETS, setHolds, type Assertion } from './pattern-syntax.js';

/**
 * Finds a pattern anywhere in a text (CEL's `matches` is a search; `^…$` makes it whole). All threads of the automaton run in step,
 * each instruction at most once per character: linear in the text, no backtracking. Every thread step costs one unit.
 * The lists are kept between calls: matching is synchronous and never re-enters itself.
 */
export class PatternMatcher {
  /** `#seen[i] === #turn`: instruction i has been followed at this position. Turns never repeat, so nothing is cleared. */
  readonly #seen: Float64Array;
  #turn = 0;
  readonly #open: number[] = [];

  constructor(private readonly program: readonly Instruction[]) {
    this.#seen = new Float64Array(program.length);
  }

  finds(text: string, budget: Pick<Frame, 'spend'>): boolean {
    let threads: number[] = [];
    let next: number[] = [];
    let at = 0;
    this.#turn += 1;
    for (;;) {
      // A new thread starts at every position: the pattern may begin anywhere.
      if (this.#follow(0, text, at, threads)) return true;
      if (at >= text.length) return false;
      budget.spend(1 + threads.length);
      const point = text.codePointAt(at) as number;
      at += point > 0xffff ? 2 : 1;
      this.#turn += 1;
      next.length = 0;
      for (const thread of threads) {
        const instruction = this.program[thread] as Instruction;
        if (instruction.op === 'read' && setHolds(instruction.set, point) && this.#follow(thread + 1, text, at, next))
          return true;
      }
      [threads, next] = [next, threads];
    }
  }

  /** Adds to `threads` the reading instructions that `start` leads to without reading; true when the end of the pattern is among them. */
  #follow(start: number, text: string, at: number, threads: number[]): boolean {
    const open = this.#open;
    open.length = 0;
    open.push(start);
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (this.#seen[place] === this.#turn) continue;
      this.#seen[place] = this.#turn;
      const instruction = this.program[place] as Instruction;
      switch (instruction.op) {
        case 'found':
          return true;
        case 'jump':
          open.push(instruction.to);
          break;
        case 'fork':
          open.push(instruction.second, instruction.first);
          break;
        case 'assert':
          if (assertionHolds(instruction.what, text, at)) open.push(place + 1);
          break;
        case 'read':
          threads.push(place);
      }
    }
    return false;
  }
}

function assertionHolds(what: Assertion, text: string, at: number): boolean {
  switch (what) {
    case 'text_start':
      return at === 0;
    case 'text_end':
      return at === text.length;
    case 'line_start':
      return at === 0 || text[at - 1] === '\n';
    case 'line_end':
      return at === text.length || text[at] === '\n';
    case 'word_boundary':
      return isWord(text, at - 1) !== isWord(text, at);
    case 'no_word_boundary':
      return isWord(text, at - 1) === isWord(text, at);
  }
}

const WORD = { ranges: NAMED_SETS['w'] as readonly number[], negated: false, ignoreCase: false };
function isWord(text: string, at: number): boolean {
  return at >= 0 && at < text.length && setHolds(WORD, text.charCodeAt(at));
}
