import { scanCel, type CelToken } from './scan-cel.js';

/**
 * The clauses of a filter: the operands of its outermost `&&`, in the author's own words and order. A filter whose outermost
 * operator is another one (`||`, `?:`) is one clause. Parentheses round the whole, or round an operand that is itself an `&&`, are opened.
 *
 * Law: the filter is false exactly when a clause is false (property test).
 */
export function splitClauses(source: string): string[] {
  const clauses: string[] = [];
  collect(source, scanCel(source), clauses);
  return clauses;
}

function collect(source: string, tokens: readonly CelToken[], clauses: string[]): void {
  const inner = withoutOuterParentheses(tokens);
  const operands = splitAtAnd(inner);
  if (operands === null || operands.length === 1) {
    const first = inner[0];
    const last = inner.at(-1);
    if (first !== undefined && last !== undefined) clauses.push(source.slice(first.start, last.end).trim());
    return;
  }
  for (const operand of operands) collect(source, operand, clauses);
}

/** Null when an operator that binds weaker than `&&` stands outermost. */
function splitAtAnd(tokens: readonly CelToken[]): CelToken[][] | null {
  const operands: CelToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    const isOperator = token.kind === 'operator';
    if (isOperator && depth === 0 && (token.text === '||' || token.text === '?')) return null;
    if (isOperator) depth += depthChange(token.text);
    if (isOperator && depth === 0 && token.text === '&&') operands.push([]);
    else operands.at(-1)?.push(token);
  }
  return operands;
}

function withoutOuterParentheses(tokens: readonly CelToken[]): readonly CelToken[] {
  let inner = tokens;
  while (inner.length > 2 && inner[0]?.text === '(' && closingIndex(inner) === inner.length - 1) inner = inner.slice(1, -1);
  return inner;
}

/** Where the bracket opened by the first token closes. */
function closingIndex(tokens: readonly CelToken[]): number {
  let depth = 0;
  return tokens.findIndex((token) => {
    if (token.kind === 'operator') depth += depthChange(token.text);
    return depth === 0;
  });
}

function depthChange(operator: string): number {
  if (operator === '(' || operator === '[' || operator === '[?' || operator === '{') return 1;
  return operator === ')' || operator === ']' || operator === '}' ? -1 : 0;
}
