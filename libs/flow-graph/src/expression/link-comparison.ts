import { CelDuration, CelTimestamp, isMap, isNumeric, kindOf, kindWord, type StaticKind } from './cel-value.js';
import { areEqual } from './equality.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import type { CelNode } from './parse-cel.js';

/** `==` and `!=`: any two values may be compared; two kinds that can never be equal are a mistake found before evaluation. */
export function linkEquality(node: CelNode, negated: boolean, scope: LinkScope): LinkedNode {
  const { left, right } = operands(node, scope);
  if (!mayBeEqual(left.kind, right.kind)) {
    throw new StaticProblem(
      'type_mismatch',
      `${sourceOf(node)}: compares ${kindWord(left.kind)} with ${kindWord(right.kind)}, never equal`,
    );
  }
  const number = constantNumber(right);
  const leftRun = left.run;
  const rightRun = right.run;
  const run =
    number === null
      ? (frame: Frame): boolean => areEqual(leftRun(frame), rightRun(frame), frame) !== negated
      : (frame: Frame): boolean => {
          const value = leftRun(frame);
          return (typeof value === 'number' ? value === number : areEqual(value, rightRun(frame), frame)) !== negated;
        };
  return { run, kind: 'bool', plain: true, weight: 1 + left.weight + right.weight };
}

type Order = '<' | '<=' | '>' | '>=';
const TESTS: Record<Order, (left: number | bigint | string, right: number | bigint | string) => boolean> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};
const ORDERED: readonly StaticKind[] = ['int', 'double', 'string', 'timestamp', 'duration', 'dyn'];

/** `<` and its kin, on two numbers, two texts (by UTF-16 code unit), two timestamps or two durations. */
export function linkOrder(node: CelNode, scope: LinkScope): LinkedNode {
  const test = TESTS[node.op as Order];
  const { left, right } = operands(node, scope);
  if (!ORDERED.includes(left.kind) || !ORDERED.includes(right.kind) || !mayBeEqual(left.kind, right.kind)) {
    throw new StaticProblem('type_mismatch', orderMessage(node, left.kind, right.kind));
  }
  const number = constantNumber(right);
  const run = (frame: Frame): boolean => {
    const a = left.run(frame);
    if (number !== null && typeof a === 'number') return test(a, number);
    const b = right.run(frame);
    if (isNumeric(a) && isNumeric(b)) return test(a, b);
    if (typeof a === 'string' && typeof b === 'string') {
      frame.spendText(Math.min(a.length, b.length));
      return test(a, b);
    }
    if (a instanceof CelTimestamp && b instanceof CelTimestamp) return test(a.ms, b.ms);
    if (a instanceof CelDuration && b instanceof CelDuration) return test(a.ms, b.ms);
    throw new EvaluationFailure('type_mismatch', orderMessage(node, kindOf(a), kindOf(b)));
  };
  return { run, kind: 'bool', plain: true, weight: 1 + left.weight + right.weight };
}

/** `x in list` (equality), `"key" in map` (an own key). */
export function linkMembership(node: CelNode, scope: LinkScope): LinkedNode {
  const { left, right } = operands(node, scope);
  if (!['list', 'map', 'dyn'].includes(right.kind)) throw new StaticProblem('type_mismatch', membershipMessage(node, right.kind));
  const run = (frame: Frame): boolean => {
    const value = left.run(frame);
    const holder = right.run(frame);
    if (Array.isArray(holder)) {
      frame.spend(holder.length);
      return holder.some((member) => areEqual(value, member, frame));
    }
    if (isMap(holder)) return typeof value === 'string' && Object.hasOwn(holder, value);
    throw new EvaluationFailure('type_mismatch', membershipMessage(node, kindOf(holder)));
  };
  return { run, kind: 'bool', plain: true, weight: 1 + left.weight + right.weight };
}

function operands(node: CelNode, scope: LinkScope): { left: LinkedNode; right: LinkedNode } {
  const [left, right] = node.args as [CelNode, CelNode];
  return { left: scope.link(left, scope), right: scope.link(right, scope) };
}

/** An int literal is compared with JSON numbers as a number: a BigInt would cost a runtime call each time. */
function constantNumber(node: LinkedNode): number | null {
  const { constant } = node;
  if (typeof constant === 'number') return constant;
  return typeof constant === 'bigint' && BigInt(Number(constant)) === constant ? Number(constant) : null;
}

const NUMERIC: readonly StaticKind[] = ['int', 'double'];
function mayBeEqual(left: StaticKind, right: StaticKind): boolean {
  if (left === right || left === 'dyn' || right === 'dyn' || left === 'null' || right === 'null') return true;
  return NUMERIC.includes(left) && NUMERIC.includes(right);
}

function orderMessage(node: CelNode, left: StaticKind, right: StaticKind): string {
  return `${sourceOf(node)}: ${node.op} needs two numbers, texts, timestamps or durations, got ${kindWord(left)} and ${kindWord(right)}`;
}

function membershipMessage(node: CelNode, right: StaticKind): string {
  return `${sourceOf(node)}: "in" looks into a list or an object, not into ${kindWord(right)}`;
}
