import { kindOf, kindWord, type CelValue } from './cel-value.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import type { CelNode } from './parse-cel.js';

/** What a failure that is absorbed costs: catching one is far dearer than computing a value. */
const ABSORBED_FAILURE_UNITS = 200;

/**
 * `&&` and `||` as CEL has them: the side that decides wins, whichever it is, also over a failure of the other side.
 * @param deciding the value that decides alone: false for `&&`, true for `||`.
 */
export function linkLogical(node: CelNode, deciding: boolean, scope: LinkScope): LinkedNode {
  const [leftNode, rightNode] = node.args as [CelNode, CelNode];
  const left = scope.link(leftNode, scope);
  const right = scope.link(rightNode, scope);
  requireBool(left, leftNode, node);
  requireBool(right, rightNode, node);
  const run = (frame: Frame): boolean => {
    let first: CelValue;
    try {
      first = left.run(frame);
    } catch (error) {
      if (!(error instanceof EvaluationFailure)) throw error;
      frame.spend(ABSORBED_FAILURE_UNITS);
      if (right.run(frame) === deciding) return deciding;
      throw error;
    }
    if (first === deciding) return deciding;
    const second = right.run(frame);
    if (second === deciding) return deciding;
    if (typeof first !== 'boolean') throw notBool(first, leftNode);
    if (typeof second !== 'boolean') throw notBool(second, rightNode);
    return !deciding;
  };
  return { run, kind: 'bool', plain: true, weight: 1 + left.weight + right.weight };
}

export function linkNot(node: CelNode, scope: LinkScope): LinkedNode {
  const operandNode = node.args as CelNode;
  const operand = scope.link(operandNode, scope);
  requireBool(operand, operandNode, node);
  const run = (frame: Frame): boolean => {
    const value = operand.run(frame);
    if (typeof value !== 'boolean') throw notBool(value, operandNode);
    return !value;
  };
  return { run, kind: 'bool', plain: true, weight: 1 + operand.weight };
}

export function linkTernary(node: CelNode, scope: LinkScope): LinkedNode {
  const [conditionNode, thenNode, elseNode] = node.args as [CelNode, CelNode, CelNode];
  const condition = scope.link(conditionNode, scope);
  requireBool(condition, conditionNode, node);
  const yes = scope.link(thenNode, scope);
  const no = scope.link(elseNode, scope);
  const run = (frame: Frame): CelValue => {
    const chosen = condition.run(frame);
    if (typeof chosen !== 'boolean') throw notBool(chosen, conditionNode);
    return chosen ? yes.run(frame) : no.run(frame);
  };
  return {
    run,
    kind: yes.kind === no.kind ? yes.kind : 'dyn',
    plain: yes.plain && no.plain,
    weight: 1 + condition.weight + yes.weight + no.weight,
  };
}

function requireBool(operand: LinkedNode, operandNode: CelNode, node: CelNode): void {
  if (operand.kind === 'bool' || operand.kind === 'dyn') return;
  throw new StaticProblem(
    'type_mismatch',
    `${sourceOf(node)}: ${sourceOf(operandNode)} must be a boolean, it is ${kindWord(operand.kind)}`,
  );
}

export function notBool(value: CelValue, node: CelNode): EvaluationFailure {
  return new EvaluationFailure('type_mismatch', `${sourceOf(node)}: must be a boolean, it is ${kindWord(kindOf(value))}`);
}
