import { isMap, kindOf, kindWord, type CelValue } from './cel-value.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import { notBool } from './link-logic.js';
import type { CelNode } from './parse-cel.js';

/** The loops of CEL over a list, or over the keys of a map. Every turn is paid from the budget by the size of its body. */
export const LOOPS = ['all', 'exists', 'exists_one', 'filter', 'map'] as const;
export type Loop = (typeof LOOPS)[number];
export const MAX_NESTED_LOOPS = 2;
export const MAX_LOOP_ELEMENTS = 10_000;
const ABSORBED_FAILURE_UNITS = 200;

/** Number of arguments by loop: variable and body, and for `map` also variable, filter and body. */
export function isLoop(name: string, argumentCount: number): name is Loop {
  return (LOOPS as readonly string[]).includes(name) && (argumentCount === 2 || (name === 'map' && argumentCount === 3));
}

export function linkLoop(node: CelNode, loop: Loop, receiver: CelNode, args: readonly CelNode[], scope: LinkScope): LinkedNode {
  const variable = args[0] as CelNode;
  if (variable.op !== 'id')
    throw new StaticProblem('invalid_expression', `${sourceOf(node)}: the first argument of ${loop} is a variable name`);
  if (scope.depth >= MAX_NESTED_LOOPS) {
    throw new StaticProblem('invalid_expression', `${sourceOf(node)}: at most ${MAX_NESTED_LOOPS} loops may be nested`);
  }
  const items = scope.link(receiver, scope);
  if (!['list', 'map', 'dyn'].includes(items.kind)) {
    throw new StaticProblem(
      'type_mismatch',
      `${sourceOf(node)}: ${loop} needs a list or an object, ${sourceOf(receiver)} is ${kindWord(items.kind)}`,
    );
  }
  const slot = scope.depth;
  const inner: LinkScope = { ...scope, optional: false, depth: slot + 1, locals: new Map(scope.locals).set(variable.args, slot) };
  const bodyNode = args[args.length - 1] as CelNode;
  const body = scope.link(bodyNode, inner);
  const conditionNode = args.length === 3 ? (args[1] as CelNode) : loop === 'map' ? null : bodyNode;
  const condition = conditionNode === null ? null : conditionNode === bodyNode ? body : scope.link(conditionNode, inner);
  if (condition !== null && condition.kind !== 'bool' && condition.kind !== 'dyn') {
    throw new StaticProblem(
      'type_mismatch',
      `${sourceOf(conditionNode as CelNode)}: must be a boolean, it is ${kindWord(condition.kind)}`,
    );
  }
  const turnCost = 1 + body.weight + (condition === null || condition === body ? 0 : condition.weight);
  const weight = items.weight + turnCost;
  const elements = (frame: Frame): CelValue[] => elementsOf(items.run(frame), receiver, frame);
  const turn = (frame: Frame, element: CelValue): void => {
    frame.spend(turnCost);
    frame.locals[slot] = element;
  };
  const holds = (frame: Frame): boolean => {
    const value = (condition as LinkedNode).run(frame);
    if (typeof value !== 'boolean') throw notBool(value, conditionNode as CelNode);
    return value;
  };
  switch (loop) {
    case 'all':
    case 'exists':
      return { run: quantifier(loop === 'exists', elements, turn, holds), kind: 'bool', plain: true, weight };
    case 'exists_one':
      return { run: (frame) => countWhere(frame, elements, turn, holds) === 1, kind: 'bool', plain: true, weight };
    case 'filter':
      return { run: (frame) => keep(frame, elements, turn, holds), kind: 'list', plain: items.plain, weight };
    case 'map': {
      const run = (frame: Frame): CelValue[] => {
        const out: CelValue[] = [];
        for (const element of elements(frame)) {
          turn(frame, element);
          if (condition === null || holds(frame)) out.push(body.run(frame));
        }
        return out;
      };
      return { run, kind: 'list', plain: false, weight };
    }
  }
}

type Elements = (frame: Frame) => CelValue[];
type Turn = (frame: Frame, element: CelValue) => void;
type Holds = (frame: Frame) => boolean;

/** `exists` stops at the first true, `all` at the first false; a failing element counts only when no other one decides. */
function quantifier(deciding: boolean, elements: Elements, turn: Turn, holds: Holds): (frame: Frame) => boolean {
  return (frame) => {
    let failure: EvaluationFailure | null = null;
    for (const element of elements(frame)) {
      turn(frame, element);
      try {
        if (holds(frame) === deciding) return deciding;
      } catch (error) {
        if (!(error instanceof EvaluationFailure)) throw error;
        frame.spend(ABSORBED_FAILURE_UNITS);
        failure ??= error;
      }
    }
    if (failure !== null) throw failure;
    return !deciding;
  };
}

function countWhere(frame: Frame, elements: Elements, turn: Turn, holds: Holds): number {
  let count = 0;
  for (const element of elements(frame)) {
    turn(frame, element);
    if (holds(frame)) count += 1;
  }
  return count;
}

function keep(frame: Frame, elements: Elements, turn: Turn, holds: Holds): CelValue[] {
  const out: CelValue[] = [];
  for (const element of elements(frame)) {
    turn(frame, element);
    if (holds(frame)) out.push(element);
  }
  return out;
}

function elementsOf(value: CelValue, node: CelNode, frame: Frame): CelValue[] {
  const list = Array.isArray(value) ? value : isMap(value) ? Object.keys(value) : null;
  if (list !== null && list !== value) frame.spend(list.length);
  if (list === null)
    throw new EvaluationFailure(
      'type_mismatch',
      `${sourceOf(node)}: must be a list or an object, it is ${kindWord(kindOf(value))}`,
    );
  if (list.length > MAX_LOOP_ELEMENTS) {
    throw new EvaluationFailure(
      'invalid_argument',
      `${sourceOf(node)}: has ${list.length} elements, a loop takes at most ${MAX_LOOP_ELEMENTS}`,
    );
  }
  return list;
}
