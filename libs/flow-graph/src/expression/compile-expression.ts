import type { JsonValue } from '@flows/contracts';
import type { CompiledExpression, Evaluation, ExpressionContext } from '../plan/flow-plan.js';
import { kindOf, kindWord, type CelValue, type StaticKind } from './cel-value.js';
import { BudgetSpent, EvaluationFailure } from './evaluation-failure.js';
import { Frame } from './frame.js';
import { linkNode } from './link-node.js';
import { StaticProblem, type ExpressionProblemCode, type LinkedNode, type Reference } from './linked-node.js';
import { parseCel, type CelNode } from './parse-cel.js';
import { toJson } from './to-json.js';

/** What the expressions of a flow see (`ExpressionContext`). */
export const FLOW_NAMES = ['payload', 'inputs', 'trigger', 'run', 'steps'] as const;
/** The same inside the graph of a foreach step. */
export const ITEM_NAMES = [...FLOW_NAMES, 'item', 'index'] as const;

export interface ExpressionOptions {
  /** The names of the context that the expression may use; default `FLOW_NAMES`. A trigger's filter has `['event']`. */
  names?: readonly string[];
  /** What is known about the value at a path, from a schema; `dyn` where nothing is. */
  kindOfReference?: (root: string, segments: readonly (string | number)[]) => StaticKind;
}

export type ExpressionCompilation<Context extends object> =
  | { ok: true; expression: CompiledExpression<Context>; references: readonly Reference[]; kind: StaticKind }
  | { ok: false; code: ExpressionProblemCode; message: string };

/**
 * Compiles one CEL expression; total over any text. `kind` is what is known of the result.
 * The references tell which paths are read, for checks against a graph or a schema.
 */
export function compileExpression<Context extends object = ExpressionContext>(
  source: string,
  options: ExpressionOptions = {},
): ExpressionCompilation<Context> {
  const parsed = parseCel(source);
  if (!parsed.ok) return { ok: false, code: 'invalid_expression', message: parsed.message };
  return compileParsed(parsed.ast, source, options);
}

/** The same for a syntax tree, or a part of one. `source` is how messages show it. */
export function compileParsed<Context extends object>(
  ast: CelNode,
  source: string,
  options: ExpressionOptions,
): ExpressionCompilation<Context> {
  const references: Reference[] = [];
  try {
    const root = linkNode(ast, {
      names: options.names ?? FLOW_NAMES,
      locals: new Map(),
      depth: 0,
      optional: false,
      references,
      kindOfReference: options.kindOfReference ?? (() => 'dyn'),
      link: linkNode,
    });
    return { ok: true, expression: new LinkedExpression<Context>(source, root), references, kind: root.kind };
  } catch (error) {
    if (error instanceof StaticProblem) return { ok: false, code: error.code, message: error.message };
    if (error instanceof EvaluationFailure) return { ok: false, code: 'invalid_expression', message: error.message };
    throw error;
  }
}

class LinkedExpression<Context extends object> implements CompiledExpression<Context> {
  readonly #root: LinkedNode;
  readonly #frame = new Frame();

  constructor(
    readonly source: string,
    root: LinkedNode,
  ) {
    this.#root = root;
  }

  evaluate(context: Context): Evaluation<JsonValue> {
    const frame = this.#frame;
    frame.begin(context as Readonly<Record<string, CelValue>>);
    try {
      return { ok: true, value: toJson(this.#root.run(frame), this.#root.plain, frame) };
    } catch (error) {
      return failureOf(error);
    } finally {
      frame.end();
    }
  }

  test(context: Context): Evaluation<boolean> {
    const frame = this.#frame;
    frame.begin(context as Readonly<Record<string, CelValue>>);
    try {
      const value = this.#root.run(frame);
      if (typeof value === 'boolean') return value ? TRUE : FALSE;
      return { ok: false, code: 'type_mismatch', message: `${this.source}: must be a boolean, it is ${kindWord(kindOf(value))}` };
    } catch (error) {
      return failureOf(error);
    } finally {
      frame.end();
    }
  }
}

const TRUE: Evaluation<boolean> = Object.freeze({ ok: true, value: true });
const FALSE: Evaluation<boolean> = Object.freeze({ ok: true, value: false });

/** Data nested so deep that the stack ends is a failure of that data; anything else unknown is a bug and goes up. */
function failureOf(error: unknown): { ok: false; code: string; message: string } {
  if (error instanceof EvaluationFailure || error instanceof BudgetSpent)
    return { ok: false, code: error.code, message: error.message };
  if (error instanceof RangeError)
    return { ok: false, code: 'cost_exceeded', message: 'The data is nested too deeply or grows too large for this expression' };
  throw error;
}
