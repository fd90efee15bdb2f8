import { kindOf, kindWord } from './cel-value.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import type { CelNode } from './parse-cel.js';
import { PatternMatcher } from './regex/pattern-matcher.js';
import { parsePattern, PatternProblem } from './regex/parse-pattern.js';
import { programOf } from './regex/pattern-program.js';

/**
 * `text.matches("pattern")`. Patterns are literals, read when the expression is compiled, and run by an automaton of ours: the
 * regular expressions of the host backtrack, and a pattern such as `(a+)+$` would hold up a whole partition for seconds.
 */
export function linkMatches(node: CelNode, receiverNode: CelNode, patternNode: CelNode, scope: LinkScope): LinkedNode {
  const receiver = scope.link(receiverNode, scope);
  if (receiver.kind !== 'string' && receiver.kind !== 'dyn') {
    throw new StaticProblem(
      'type_mismatch',
      `${sourceOf(node)}: matches needs a text, ${sourceOf(receiverNode)} is ${kindWord(receiver.kind)}`,
    );
  }
  const { constant } = scope.link(patternNode, scope);
  if (typeof constant !== 'string') {
    throw new StaticProblem(
      'invalid_expression',
      `${sourceOf(node)}: the pattern of matches is a text in quotes, known before the run`,
    );
  }
  const matcher = compile(constant, node);
  const run = (frame: Frame): boolean => {
    const text = receiver.run(frame);
    if (typeof text !== 'string')
      throw new EvaluationFailure('type_mismatch', `${sourceOf(node)}: matches needs a text, got ${kindWord(kindOf(text))}`);
    return matcher.finds(text, frame);
  };
  return { run, kind: 'bool', plain: true, weight: 2 + receiver.weight };
}

function compile(pattern: string, node: CelNode): PatternMatcher {
  try {
    return new PatternMatcher(programOf(parsePattern(pattern)));
  } catch (error) {
    if (error instanceof PatternProblem) throw new StaticProblem('invalid_expression', `${sourceOf(node)}: ${error.message}`);
    throw error;
  }
}
