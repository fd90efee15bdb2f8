import { isNumeric, kindOf, kindWord, type CelValue, type StaticKind } from './cel-value.js';
import { EvaluationFailure } from './evaluation-failure.js';
import type { Frame } from './frame.js';
import type { CelFunction } from './functions/cel-function.js';
import { FUNCTIONS, METHODS } from './functions/function-table.js';
import { isPath, linkOptionalAccess } from './link-access.js';
import { isLoop, linkLoop, LOOPS } from './link-loop.js';
import { linkMatches } from './link-matches.js';
import { sourceOf, StaticProblem, type LinkedNode, type LinkScope } from './linked-node.js';
import type { CelNode } from './parse-cel.js';

/** `name(…)`: a function of the table, or one of the forms that look at a path instead of its value. */
export function linkCall(node: CelNode, scope: LinkScope): LinkedNode {
  const [name, args] = node.args as [string, CelNode[]];
  if (name === 'has') return linkHas(node, args, scope);
  if (name === 'default') return linkDefault(node, args, scope);
  if (name === 'dyn' && args.length === 1) return { ...scope.link(args[0] as CelNode, scope), kind: 'dyn' };
  const overloads = FUNCTIONS.get(name);
  if (overloads === undefined) {
    const method =
      METHODS.has(name) || (LOOPS as readonly string[]).includes(name) ? `; it is called on a value: x.${name}(…)` : '';
    throw new StaticProblem(
      'invalid_expression',
      `There is no function "${name}"${method}; there is ${[...FUNCTIONS.keys(), 'has', 'default'].join(', ')}`,
    );
  }
  return linkOverloads(node, name, overloads, args, scope);
}

/** `receiver.name(…)`. */
export function linkMethod(node: CelNode, scope: LinkScope): LinkedNode {
  const [name, receiver, args] = node.args as [string, CelNode, CelNode[]];
  if (isLoop(name, args.length)) return linkLoop(node, name, receiver, args, scope);
  if (name === 'matches' && args.length === 1) return linkMatches(node, receiver, args[0] as CelNode, scope);
  const overloads = METHODS.get(name);
  if (overloads === undefined) {
    const known = [...METHODS.keys(), 'matches', ...LOOPS].join(', ');
    throw new StaticProblem('invalid_expression', `${sourceOf(node)}: there is no method "${name}"; there is ${known}`);
  }
  return linkOverloads(node, name, overloads, [receiver, ...args], scope);
}

function linkOverloads(
  node: CelNode,
  name: string,
  overloads: readonly CelFunction[],
  argNodes: readonly CelNode[],
  scope: LinkScope,
): LinkedNode {
  const args = argNodes.map((arg) => scope.link(arg, scope));
  const possible = overloads.filter(
    ({ accepts }) =>
      accepts.length === args.length && accepts.every((kind, index) => mayFit((args[index] as LinkedNode).kind, kind)),
  );
  const [first] = possible;
  if (first === undefined)
    throw new StaticProblem(
      'type_mismatch',
      noOverload(
        node,
        name,
        args.map(({ kind }) => kind),
      ),
    );
  const returns = possible.every((overload) => overload.returns === first.returns) ? first.returns : 'dyn';
  const run = (frame: Frame): CelValue => {
    const values: CelValue[] = [];
    for (let index = 0; index < args.length; index += 1) values.push((args[index] as LinkedNode).run(frame));
    for (const overload of possible) if (fit(values, overload.accepts)) return overload.apply(values, frame);
    throw new EvaluationFailure('type_mismatch', noOverload(node, name, values.map(kindOf)));
  };
  return { run, kind: returns, plain: returns === 'string', weight: args.reduce((sum, arg) => sum + arg.weight, 2) };
}

const NUMBERS: readonly StaticKind[] = ['int', 'double'];
function mayFit(given: StaticKind, accepted: StaticKind): boolean {
  return given === accepted || given === 'dyn' || (NUMBERS.includes(given) && NUMBERS.includes(accepted));
}

/** Checks the values against an overload and turns numbers into plain ones in place. Whole numbers fit an `int` parameter. */
function fit(values: CelValue[], accepts: readonly StaticKind[]): boolean {
  for (let index = 0; index < accepts.length; index += 1) {
    const value = values[index] as CelValue;
    const accepted = accepts[index];
    const matches = isNumeric(value)
      ? accepted === 'double' || (accepted === 'int' && Number.isSafeInteger(Number(value)))
      : kindOf(value) === accepted;
    if (!matches) return false;
  }
  for (let index = 0; index < accepts.length; index += 1)
    if (typeof values[index] === 'bigint') values[index] = Number(values[index]);
  return true;
}

/** True when the entire path is there, whatever its value; a missing part in the middle is not a failure. */
function linkHas(node: CelNode, args: readonly CelNode[], scope: LinkScope): LinkedNode {
  const [argument] = args;
  if (args.length !== 1 || argument === undefined || argument.op === 'id' || !isPath(argument)) {
    throw new StaticProblem(
      'invalid_expression',
      `${sourceOf(node)}: has(…) takes one path with at least one key, such as has(payload.lead.email)`,
    );
  }
  const path = linkOptionalAccess(argument, scope);
  return { run: (frame) => path.run(frame) !== undefined, kind: 'bool', plain: true, weight: 1 + path.weight };
}

/** The value at a path, or the second argument when the path is missing or null. Failures of another kind stay failures. */
function linkDefault(node: CelNode, args: readonly CelNode[], scope: LinkScope): LinkedNode {
  const [pathNode, otherwiseNode] = args;
  if (args.length !== 2 || pathNode === undefined || otherwiseNode === undefined) {
    throw new StaticProblem(
      'invalid_expression',
      `${sourceOf(node)}: default(…) takes a path and the value to use when it is missing or null`,
    );
  }
  const path = isPath(pathNode) ? linkOptionalAccess(pathNode, scope) : scope.link(pathNode, scope);
  const otherwise = scope.link(otherwiseNode, scope);
  const run = (frame: Frame): CelValue => path.run(frame) ?? otherwise.run(frame);
  return {
    run,
    kind: path.kind === otherwise.kind ? path.kind : 'dyn',
    plain: path.plain && otherwise.plain,
    weight: 1 + path.weight + otherwise.weight,
  };
}

function noOverload(node: CelNode, name: string, kinds: readonly StaticKind[]): string {
  return `${sourceOf(node)}: ${name} does not take ${kinds.length === 0 ? 'nothing' : kinds.map(kindWord).join(', ')}`;
}
