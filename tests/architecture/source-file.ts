/** What the architecture tests need to know of one source file: read from its syntax tree, so that comments and texts do not count. */
import ts from 'typescript';

export interface ImportedModule {
  specifier: string;
  /** Erased at run time. */
  typeOnly: boolean;
}

export interface SourceFile {
  /** From the repository, with slashes. */
  path: string;
  imports: ImportedModule[];
  /** Uses of clocks, chance, timers and the process, as `line: what`. */
  impurities: string[];
  readsEnvironment: boolean;
}

const IMPURE_PROPERTIES = new Set(['Date.now', 'Math.random', 'crypto.randomUUID', 'crypto.getRandomValues', 'performance.now']);
const IMPURE_GLOBALS = new Set([
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'performance',
  'Buffer',
]);

export function parseSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const file: SourceFile = { path, imports: [], impurities: [], readsEnvironment: false };
  const visit = (node: ts.Node): void => {
    const imported = importOf(node);
    if (imported !== undefined) file.imports.push(imported);
    const impurity = impurityOf(node);
    if (impurity !== undefined)
      file.impurities.push(`${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${impurity}`);
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'process.env') file.readsEnvironment = true;
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return file;
}

function importOf(node: ts.Node): ImportedModule | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: isTypeOnly(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [specifier] = node.arguments;
    if (specifier !== undefined && ts.isStringLiteral(specifier)) return { specifier: specifier.text, typeOnly: false };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, typeOnly: true };
  }
  return undefined;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { namedBindings } = clause;
  if (clause.name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

function impurityOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && IMPURE_PROPERTIES.has(node.getText())) return node.getText();
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0)
    return 'new Date()';
  if (ts.isIdentifier(node) && IMPURE_GLOBALS.has(node.text) && isReference(node)) return node.text;
  return undefined;
}

/** A use of the global, not a property, key, parameter, declaration or type of that name. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (
    ts.isTypeReferenceNode(parent) ||
    ts.isQualifiedName(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isExportSpecifier(parent)
  )
    return false;
  return (parent as { name?: ts.Node }).name !== node && !(ts.isBindingElement(parent) && parent.propertyName === node);
}
