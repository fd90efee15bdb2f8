import type { CompiledExpression } from '../plan/flow-plan.js';
import type { StaticKind } from './cel-value.js';
import { compileParsed, type ExpressionOptions } from './compile-expression.js';
import { parseCel, type CelNode } from './parse-cel.js';

/** A condition on one root name that can be looked up: the value at `path` of the root must equal `value`. */
export interface Correlation<Context extends object> {
  readonly path: readonly string[];
  /** Does not refer to the root. */
  readonly value: CompiledExpression<Context>;
}

/** Values that an index can hold. */
const SCALARS: readonly StaticKind[] = ['string', 'int', 'double', 'bool', 'dyn'];

/**
 * Finds in a condition a part that must hold for all of it to hold: a conjunct at the top, `<root>.<path> == <value>` or mirrored. One
 * that depends on data is preferred to a constant, which would put all waits under one value; else the first counts.
 *
 * @param options of an expression without the root.
 */
export function findCorrelation<Context extends object>(
  condition: string,
  root: string,
  options: ExpressionOptions,
): Correlation<Context> | null {
  const parsed = parseCel(condition);
  if (!parsed.ok) return null;
  let constant: Correlation<Context> | null = null;
  for (const conjunct of conjuncts(parsed.ast)) {
    if (conjunct.op !== '==') continue;
    const [left, right] = conjunct.args;
    const found = correlate<Context>(left, right, root, options) ?? correlate<Context>(right, left, root, options);
    if (found === null) continue;
    if (!found.constant) return found.correlation;
    constant ??= found.correlation;
  }
  return constant;
}

function* conjuncts(node: CelNode): Generator<CelNode> {
  if (node.op === '&&') for (const side of node.args) yield* conjuncts(side);
  else yield node;
}

function correlate<Context extends object>(
  pathNode: CelNode,
  valueNode: CelNode,
  root: string,
  options: ExpressionOptions,
): { correlation: Correlation<Context>; constant: boolean } | null {
  const path = fixedPath(pathNode, root);
  if (path === null || mentions(valueNode, root)) return null;
  const value = compileParsed<Context>(valueNode, valueNode.input.slice(valueNode.start, valueNode.end), options);
  if (!value.ok || !SCALARS.includes(value.kind)) return null;
  return { correlation: { path, value: value.expression }, constant: value.references.length === 0 };
}

/** The keys of `root.a["b"].c`, or null for anything else. */
function fixedPath(node: CelNode, root: string): string[] | null {
  const keys: string[] = [];
  let at = node;
  while (at.op === '.' || at.op === '[]') {
    const key: unknown = at.op === '.' ? at.args[1] : at.args[1].op === 'value' ? at.args[1].args : null;
    if (typeof key !== 'string') return null;
    keys.unshift(key);
    at = at.args[0];
  }
  return at.op === 'id' && at.args === root && keys.length > 0 ? keys : null;
}

/** True when the name occurs anywhere, as a loop variable too. */
function mentions(node: CelNode, name: string): boolean {
  if (node.op === 'id') return node.args === name;
  if (node.op === 'value') return false;
  return nodesIn(node.args).some((child) => mentions(child, name));
}

/** Arguments of the library's nodes are nodes, names, and lists of them at any depth. */
function nodesIn(args: unknown): CelNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return args !== null && typeof args === 'object' && 'op' in args ? [args as CelNode] : [];
}
