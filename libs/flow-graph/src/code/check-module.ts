import { parse, type ExportDefaultDeclaration, type Node, type Options, type Program } from 'acorn';

/** Owns what can be said about a code step's module without running it. What the code does, and its limits, are the sandbox's. */
const LANGUAGE: Options = { ecmaVersion: 2023, sourceType: 'module', locations: true };
/** Default exports that are certainly no function. */
const NO_FUNCTION = new Set([
  'Literal',
  'TemplateLiteral',
  'ObjectExpression',
  'ArrayExpression',
  'ClassDeclaration',
  'ClassExpression',
]);

/** What is wrong with the module, each with its line and column (from 1); empty for one that can be loaded. */
export function checkModule(source: string): string[] {
  let program: Program;
  try {
    program = parse(source, LANGUAGE);
  } catch (error) {
    return [describe(error)];
  }
  const problems = [...importsOf(program)].map(
    (node) => `${placeOf(node)}: Code steps cannot import modules: put everything into "source"`,
  );
  const exported = defaultExport(program);
  if (exported === null) problems.push('The module has no default export; write "export default function (input) { return … }"');
  else if (exported !== 'named' && NO_FUNCTION.has(exported.declaration.type))
    problems.push(`${placeOf(exported)}: The default export is no function`);
  return problems;
}

/** The declaration, or `named` for `export { run as default }`. */
function defaultExport({ body }: Program): ExportDefaultDeclaration | 'named' | null {
  for (const statement of body) {
    if (statement.type === 'ExportDefaultDeclaration') return statement;
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const { exported } of statement.specifiers)
      if ((exported.type === 'Identifier' ? exported.name : exported.value) === 'default') return 'named';
  }
  return null;
}

/** Everything that would load another module, in the order of the text. Without recursion: nothing bounds the depth of a tree. */
function* importsOf(program: Program): Generator<Node> {
  const open: unknown[] = [program];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (Array.isArray(at)) open.push(...(at as unknown[]).toReversed());
    if (!isNode(at)) continue;
    if (LOADS.has(at.type) || ((at as { source?: unknown }).source ?? null) !== null) yield at;
    open.push(...(Object.values(at) as unknown[]).reverse());
  }
}

const LOADS = new Set(['ImportDeclaration', 'ImportExpression', 'ExportAllDeclaration']);

function isNode(value: unknown): value is Node {
  return value !== null && typeof value === 'object' && typeof (value as { type?: unknown }).type === 'string';
}

function placeOf({ loc }: Node): string {
  return `Line ${loc?.start.line}, column ${(loc?.start.column ?? 0) + 1}`;
}

/** The parser's message ends with the place as "(1:4)", columns from 0; it notices a stack overflow in most places, not in all. */
function describe(error: unknown): string {
  const { loc, message } = error as { loc?: { line: number; column: number }; message: string };
  if (error instanceof RangeError || message.startsWith('Not enough stack space')) return 'The source is nested too deeply';
  if (loc === undefined) throw error;
  return `Line ${loc.line}, column ${loc.column + 1}: ${message.replace(/ \(\d+:\d+\)$/, '')}`;
}
