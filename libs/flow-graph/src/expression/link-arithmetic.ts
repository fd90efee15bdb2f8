import { CelDuration, CelTimestamp, isNumeric, kindOf, kindWord, type CelValue, type StaticKind } from './cel-value.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import type { CelNode } from './parse-cel.js';

/**
 * `+ - * / %`. Two ints stay int (64 bits, checked; `7 / 2` is 3); where a JSON number takes part, both sides are doubles.
 * `+` also joins texts and lists; timestamps and durations add and subtract as in CEL.
 */
type Operator = '+' | '-' | '*' | '/' | '%';
const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
/** A joined text or list may not grow past this, so that one operation cannot take the memory of the process. */
const MAX_JOINED_CHARACTERS = 4 * 1024 * 1024;

export function linkArithmetic(node: CelNode, scope: LinkScope): LinkedNode {
  const operator = node.op as Operator;
  const [leftNode, rightNode] = node.args as [CelNode, CelNode];
  const left = scope.link(leftNode, scope);
  const right = scope.link(rightNode, scope);
  const kind = resultKind(operator, left.kind, right.kind);
  if (kind === null) throw new StaticProblem('type_mismatch', mismatch(node, left.kind, right.kind));
  const leftRun = left.run;
  const rightRun = right.run;
  const run = (frame: Frame): CelValue => {
    const a = leftRun(frame);
    const b = rightRun(frame);
    if (typeof a === 'bigint' && typeof b === 'bigint') return onInts(operator, a, b, node);
    if (isNumeric(a) && isNumeric(b)) return onDoubles(operator, Number(a), Number(b));
    if (operator === '+' && typeof a === 'string' && typeof b === 'string') return joinTexts(a, b, node, frame);
    if (operator === '+' && Array.isArray(a) && Array.isArray(b)) {
      frame.spend(a.length + b.length);
      return a.concat(b);
    }
    const time = operator === '+' || operator === '-' ? onTimes(operator, a, b) : null;
    if (time !== null) return time;
    throw new EvaluationFailure('type_mismatch', mismatch(node, kindOf(a), kindOf(b)));
  };
  const plain = kind === 'string' || (kind === 'list' && left.plain && right.plain);
  return { run, kind, plain, weight: 1 + left.weight + right.weight };
}

export function linkMinus(node: CelNode, scope: LinkScope): LinkedNode {
  const operandNode = node.args as CelNode;
  const operand = scope.link(operandNode, scope);
  if (!['int', 'double', 'duration', 'dyn'].includes(operand.kind)) {
    throw new StaticProblem('type_mismatch', `${sourceOf(node)}: "-" needs a number, got ${kindWord(operand.kind)}`);
  }
  const negate = (value: CelValue): CelValue => {
    if (typeof value === 'bigint') return checkedInt(-value, node);
    if (typeof value === 'number') return -value;
    if (value instanceof CelDuration) return new CelDuration(-value.ms);
    throw new EvaluationFailure('type_mismatch', `${sourceOf(node)}: "-" needs a number, got ${kindWord(kindOf(value))}`);
  };
  const run = (frame: Frame): CelValue => negate(operand.run(frame));
  const { constant } = operand;
  return {
    run,
    kind: operand.kind,
    plain: false,
    weight: 1 + operand.weight,
    ...(typeof constant === 'bigint' || typeof constant === 'number' ? { constant: negate(constant) } : {}),
  };
}

function onInts(operator: Operator, a: bigint, b: bigint, node: CelNode): bigint {
  switch (operator) {
    case '+':
      return checkedInt(a + b, node);
    case '-':
      return checkedInt(a - b, node);
    case '*':
      return checkedInt(a * b, node);
    case '/':
    case '%':
      if (b === 0n) throw new EvaluationFailure('division_by_zero', `${sourceOf(node)}: division by zero`);
      return operator === '/' ? checkedInt(a / b, node) : a % b;
  }
}

function onDoubles(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

function onTimes(operator: '+' | '-', a: CelValue, b: CelValue): CelValue | null {
  const sign = operator === '+' ? 1 : -1;
  if (a instanceof CelTimestamp && b instanceof CelDuration) return new CelTimestamp(a.ms + sign * b.ms);
  if (a instanceof CelDuration && b instanceof CelDuration) return new CelDuration(a.ms + sign * b.ms);
  if (operator === '+' && a instanceof CelDuration && b instanceof CelTimestamp) return new CelTimestamp(a.ms + b.ms);
  if (operator === '-' && a instanceof CelTimestamp && b instanceof CelTimestamp) return new CelDuration(a.ms - b.ms);
  return null;
}

function joinTexts(a: string, b: string, node: CelNode, frame: Frame): string {
  const length = a.length + b.length;
  if (length > MAX_JOINED_CHARACTERS) {
    throw new EvaluationFailure(
      'overflow',
      `${sourceOf(node)}: the text would have ${length} characters, at most ${MAX_JOINED_CHARACTERS} are possible`,
    );
  }
  frame.spendText(length);
  return a + b;
}

function checkedInt(value: bigint, node: CelNode): bigint {
  if (value > MAX_INT || value < MIN_INT)
    throw new EvaluationFailure('overflow', `${sourceOf(node)}: the result does not fit a 64-bit int`);
  return value;
}

/** The kind of the result, or null when these kinds never go together. */
function resultKind(operator: Operator, left: StaticKind, right: StaticKind): StaticKind | null {
  if (left === 'dyn' && right === 'dyn') return 'dyn';
  const known = left === 'dyn' ? right : left;
  if (known === 'null' || known === 'bool' || known === 'map') return null;
  if (left === 'dyn' || right === 'dyn') {
    if (known === 'string' || known === 'list') return operator === '+' ? known : null;
    if (known === 'timestamp' || known === 'duration') return operator === '+' || operator === '-' ? 'dyn' : null;
    return known === 'double' ? 'double' : 'dyn';
  }
  const both = `${left} ${operator} ${right}`;
  if ((left === 'int' || left === 'double') && (right === 'int' || right === 'double')) return left === right ? left : 'double';
  return COMBINATIONS[both] ?? null;
}

const COMBINATIONS: Record<string, StaticKind> = {
  'string + string': 'string',
  'list + list': 'list',
  'timestamp + duration': 'timestamp',
  'duration + timestamp': 'timestamp',
  'timestamp - duration': 'timestamp',
  'timestamp - timestamp': 'duration',
  'duration + duration': 'duration',
  'duration - duration': 'duration',
};

function mismatch(node: CelNode, left: StaticKind, right: StaticKind): string {
  const hint = left === 'string' || right === 'string' ? '; string(…) makes a text of a number' : '';
  return `${sourceOf(node)}: "${node.op}" does not work on ${kindWord(left)} and ${kindWord(right)}${hint}`;
}
