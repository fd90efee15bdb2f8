/**
 * Cuts CEL text into tokens: just enough to find clauses and paths in the words that the author wrote.
 * Refuses to judge: whether the text is a legal expression is flow-graph's to say; this runs only on text that compiled.
 */
export interface CelToken {
  kind: 'name' | 'string' | 'number' | 'operator';
  /** Half-open range in the source. */
  start: number;
  end: number;
  text: string;
}

const NAME_START = /[A-Za-z_]/;
const NAME_PART = /[A-Za-z0-9_]/;
const TWO_CHARACTERS = new Set(['&&', '||', '==', '!=', '<=', '>=', '.?', '[?']);

export function scanCel(source: string): CelToken[] {
  const tokens: CelToken[] = [];
  let at = 0;
  const push = (kind: CelToken['kind'], end: number): void => {
    tokens.push({ kind, start: at, end, text: source.slice(at, end) });
    at = end;
  };
  while (at < source.length) {
    const character = source.charAt(at);
    if (/\s/.test(character)) at += 1;
    else if (source.startsWith('//', at)) at = endOfLine(source, at);
    else if (character === '"' || character === "'") push('string', endOfString(source, at, false));
    else if (NAME_START.test(character)) {
      const end = endOfName(source, at);
      const prefix = source.slice(at, end);
      const quoted = source.charAt(end) === '"' || source.charAt(end) === "'";
      if (quoted && /^(?:[rR][bB]?|[bB][rR]?)$/.test(prefix)) push('string', endOfString(source, end, /[rR]/.test(prefix)));
      else push('name', end);
    } else if (/[0-9]/.test(character)) push('number', endOfNumber(source, at));
    else push('operator', at + (TWO_CHARACTERS.has(source.slice(at, at + 2)) ? 2 : 1));
  }
  return tokens;
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end < 0 ? source.length : end;
}

function endOfName(source: string, from: number): number {
  let end = from + 1;
  while (end < source.length && NAME_PART.test(source.charAt(end))) end += 1;
  return end;
}

function endOfNumber(source: string, from: number): number {
  const match = /^(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[uU]?/.exec(source.slice(from));
  return from + (match?.[0].length ?? 1);
}

/** @param from index of the first quote. A raw string knows no escapes; a triple-quoted one may hold its quote. */
function endOfString(source: string, from: number, raw: boolean): number {
  const quote = source.charAt(from);
  const fence = source.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
  let at = from + fence.length;
  while (at < source.length && !source.startsWith(fence, at)) at += !raw && source.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at + fence.length, source.length);
}
