/**
 * The graph of a flow and its expressions: a definition in, a plan or all of its problems out. Pure: no clock, no randomness, no
 * input or output, nothing of the host that an expression could reach. What a run does with a plan is run-machine's.
 */
export * from './plan/flow-plan.js';
export * from './plan/problem.js';
export {
  compileExpression,
  FLOW_NAMES,
  ITEM_NAMES,
  type ExpressionCompilation,
  type ExpressionOptions,
} from './expression/compile-expression.js';
export { MAX_EXPRESSION_CHARACTERS } from './expression/parse-cel.js';
export { resolveInstant } from './expression/resolve-instant.js';
export type { ExpressionProblemCode, Reference } from './expression/linked-node.js';
export type { StaticKind } from './expression/cel-value.js';
export {
  combineMappings,
  compileMapping,
  type MappingCompilation,
  type MappingOptions,
  type MappingProblem,
  type MappingReference,
} from './mapping/compile-mapping.js';
export { jsonSizeBytes } from './mapping/mapping-size.js';
export { compileFlow, type CompileFlowOptions } from './compile/compile-flow.js';
export { checkInputSchema, type SchemaFault } from './schema/input-schema.js';
