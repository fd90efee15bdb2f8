import type { CelValue, StaticKind } from './cel-value.js';
import type { Frame } from './frame.js';
import type { CelNode } from './parse-cel.js';

/** A node of the syntax tree turned into a function, with what is known about its result before any data is there. */
export interface LinkedNode {
  readonly run: (frame: Frame) => CelValue;
  readonly kind: StaticKind;
  /** True when the result is JSON as it stands (taken from the context, or a plain scalar), so that nothing needs converting. */
  readonly plain: boolean;
  /** Nodes in this sub-tree: what one turn of a loop over it costs. */
  readonly weight: number;
  /** The value of a literal. */
  readonly constant?: CelValue;
}

/** A path that an expression reads: `steps.enrich.output.score` is root `steps` with three segments. Stops at the first computed key. */
export interface Reference {
  readonly root: string;
  readonly segments: readonly (string | number)[];
  /** Inside `has()` or the first argument of `default()`: it may be missing. */
  readonly optional: boolean;
  /** True when a computed key follows (`steps[payload.name]`), so that the segments are not the entire path. */
  readonly computed: boolean;
  /** As written. */
  readonly text: string;
}

export type ExpressionProblemCode = 'invalid_expression' | 'unknown_reference' | 'type_mismatch';

/** Leaves a deep compilation at the first mistake; `compileExpression` turns it into a value. */
export class StaticProblem extends Error {
  constructor(
    readonly code: ExpressionProblemCode,
    message: string,
  ) {
    super(message);
  }
}

/** What linking needs at one place of the tree. */
export interface LinkScope {
  readonly names: readonly string[];
  /** Loop variables to their slot in `Frame.locals`. */
  readonly locals: ReadonlyMap<string, number>;
  /** Loops around this place. */
  readonly depth: number;
  readonly optional: boolean;
  readonly references: Reference[];
  readonly kindOfReference: (root: string, segments: readonly (string | number)[]) => StaticKind;
  readonly link: (node: CelNode, scope: LinkScope) => LinkedNode;
}

/** The node as written (without its parentheses), for messages. */
export function sourceOf(node: CelNode): string {
  return node.input.slice(node.start, node.end).trim();
}
