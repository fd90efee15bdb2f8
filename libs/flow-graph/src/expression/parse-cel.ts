import { Environment, type ASTNode } from '@marcbachmann/cel-js';

/**
 * The one place that knows the CEL library. It supplies grammar and syntax tree; evaluation is ours (link-node.ts), because the
 * library's has no budget for work over data, keeps a type for every shape of data it ever saw, and reads the local time zone.
 */
export type CelNode = ASTNode;
export type ParseResult = { ok: true; ast: CelNode } | { ok: false; message: string };

export const MAX_EXPRESSION_CHARACTERS = 4096;
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 8 },
});

export function parseCel(source: string): ParseResult {
  if (source.trim() === '') return { ok: false, message: 'An expression is missing' };
  if (source.length > MAX_EXPRESSION_CHARACTERS) {
    return {
      ok: false,
      message: `An expression has at most ${MAX_EXPRESSION_CHARACTERS} characters, this one has ${source.length}`,
    };
  }
  try {
    return { ok: true, ast: environment.parse(source).ast };
  } catch (error) {
    return { ok: false, message: describe(error) };
  }
}

/** The library's one-line summary with the column; its message is a drawing over several lines. A stack overflow is a too deep expression. */
function describe(error: unknown): string {
  if (error instanceof RangeError) return 'The expression is nested too deeply';
  const { summary, range } = error as { summary?: string; range?: { start: number } };
  const text = summary ?? (error instanceof Error ? error.message : String(error));
  return range === undefined ? text : `${text}, at character ${range.start + 1}`;
}
