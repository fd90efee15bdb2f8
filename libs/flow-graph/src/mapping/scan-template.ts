/**
 * Splits a text into literal parts and `${ … }` parts. A real scanner of CEL's lexical rules, so that braces and quotes inside an
 * expression do not end it: `${ {"a": "}"}.a }`. `$${` is a literal `${`.
 */
export type TemplatePart = { readonly literal: string } | { readonly source: string };
export type TemplateScan = { ok: true; parts: readonly TemplatePart[] } | { ok: false; message: string };

/** True when the text holds something to scan: an expression or an escape. */
export const isTemplate = (text: string): boolean => text.includes('${');

export function scanTemplate(text: string): TemplateScan {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      literal += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = endOfExpression(text, at + 2);
      if (end === null)
        return { ok: false, message: `"\${" at character ${at + 1} is never closed; write "$\${" for the characters themselves` };
      if (literal !== '') parts.push({ literal });
      literal = '';
      parts.push({ source: text.slice(at + 2, end) });
      at = end + 1;
    } else {
      const next = text.indexOf('$', at + 1);
      const stop = next === -1 ? text.length : next;
      literal += text.slice(at, stop);
      at = stop;
    }
  }
  if (literal !== '') parts.push({ literal });
  return { ok: true, parts };
}

/** The position of the brace that closes the expression starting at `from`, or null. */
function endOfExpression(text: string, from: number): number | null {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const character = text[at];
    if (character === '"' || character === "'") {
      const end = endOfString(text, at);
      if (end === null) return null;
      at = end;
      continue;
    }
    if (character === '/' && text[at + 1] === '/') {
      const newline = text.indexOf('\n', at);
      if (newline === -1) return null;
      at = newline;
    } else if (character === '{') {
      depth += 1;
    } else if (character === '}') {
      if (depth === 0) return at;
      depth -= 1;
    }
    at += 1;
  }
  return null;
}

/**
 * The position after the string literal that starts with the quote at `at`; three quotes open a string over several lines.
 * A backslash keeps the next character from ending the string, in raw strings (`r"…"`) too: so does the parser of the expressions.
 */
function endOfString(text: string, at: number): number | null {
  const quote = text[at] as string;
  const closing = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  let position = at + closing.length;
  while (position < text.length) {
    if (text[position] === '\\') position += 2;
    else if (text.startsWith(closing, position)) return position + closing.length;
    else position += 1;
  }
  return null;
}
