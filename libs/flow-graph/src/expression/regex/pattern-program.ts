import { PatternProblem } from './parse-pattern.js';
import type { Assertion, CharacterSet, Pattern } from './pattern-syntax.js';

/**
 * A pattern as the instructions of a non-deterministic automaton (Thompson's construction): as long as the pattern written out,
 * so that matching costs at most (instructions × characters), whatever the pattern.
 */
export type Instruction =
  | { readonly op: 'read'; readonly set: CharacterSet }
  | { readonly op: 'assert'; readonly what: Assertion }
  /** Goes on at both places. */
  | { readonly op: 'fork'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'found' };

export const MAX_INSTRUCTIONS = 1_000;
/** Bounds repetitions of what emits nothing, such as `((){1000}){1000}`. */
const MAX_EMITS = 20_000;

export function programOf(pattern: Pattern): Instruction[] {
  const program: Instruction[] = [];
  let emits = 0;
  emit(pattern);
  add({ op: 'found' });
  return program;

  function add<T extends Instruction>(instruction: T): T {
    if (program.length >= MAX_INSTRUCTIONS) throw tooLarge();
    program.push(instruction);
    return instruction;
  }

  function emit(part: Pattern): void {
    emits += 1;
    if (emits > MAX_EMITS) throw tooLarge();
    switch (part.kind) {
      case 'empty':
        return;
      case 'set':
        add({ op: 'read', set: part.set });
        return;
      case 'assert':
        add({ op: 'assert', what: part.what });
        return;
      case 'sequence':
        part.parts.forEach(emit);
        return;
      case 'choice':
        emitChoice(part.parts);
        return;
      case 'repeat':
        emitRepeat(part.part, part.min, part.max);
    }
  }

  function emitChoice(parts: readonly Pattern[]): void {
    const exits: { to: number }[] = [];
    parts.forEach((part, index) => {
      const last = index === parts.length - 1;
      const fork = last ? null : add({ op: 'fork', first: program.length + 1, second: 0 });
      emit(part);
      if (!last) exits.push(add({ op: 'jump', to: 0 }));
      if (fork !== null) fork.second = program.length;
    });
    for (const exit of exits) exit.to = program.length;
  }

  function emitRepeat(part: Pattern, min: number, max: number): void {
    for (let count = 0; count < min; count += 1) emit(part);
    if (max === Infinity) {
      const fork = add({ op: 'fork', first: program.length + 1, second: 0 });
      const loop = program.length - 1;
      emit(part);
      add({ op: 'jump', to: loop });
      fork.second = program.length;
      return;
    }
    const forks: { second: number }[] = [];
    for (let count = min; count < max; count += 1) {
      forks.push(add({ op: 'fork', first: program.length + 1, second: 0 }));
      emit(part);
    }
    for (const fork of forks) fork.second = program.length;
  }
}

function tooLarge(): PatternProblem {
  return new PatternProblem(`the pattern is too large: written out it may have ${MAX_INSTRUCTIONS} parts`);
}
