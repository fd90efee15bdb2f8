import type { Instruction } from './pattern-program.js';
import { NAMED_SETS, setHolds, type Assertion } from './pattern-syntax.js';

/**
 * Whether the pattern is found anywhere in the text (CEL's `matches` is a search; `^…$` makes it whole). Runs all threads of the
 * automaton in step, each instruction at most once per character: linear in the text, no backtracking.
 * @param spend is called with the number of threads at each character.
 */
export function isFound(program: readonly Instruction[], text: string, spend: (units: number) => void): boolean {
  const seen = new Int32Array(program.length).fill(-1);
  let threads: number[] = [];
  let turn = 0; // `seen[i] === turn`: instruction i has been followed at this position.
  let at = 0;
  for (;;) {
    // A new thread starts at every position: the pattern may begin anywhere.
    if (follow(0)) return true;
    spend(1 + threads.length);
    if (at >= text.length) return false;
    const point = text.codePointAt(at) as number;
    at += point > 0xffff ? 2 : 1;
    turn += 1;
    const before = threads;
    threads = [];
    for (const thread of before) {
      const instruction = program[thread] as Instruction;
      if (instruction.op === 'read' && setHolds(instruction.set, point) && follow(thread + 1)) return true;
    }
  }

  /** Adds the reading instructions that can be reached from one without reading; true when the end is among them. */
  function follow(start: number): boolean {
    const open = [start];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen[next] === turn) continue;
      seen[next] = turn;
      const instruction = program[next] as Instruction;
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
          if (assertionHolds(instruction.what, text, at)) open.push(next + 1);
          break;
        case 'read':
          threads.push(next);
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
