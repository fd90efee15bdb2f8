import type { CompiledExpression, Evaluation } from '../plan/flow-plan.js';
import { renderText } from './render-text.js';

/**
 * A URL with values in it. Every value is percent-encoded as one component (RFC 3986: all but unreserved characters), so that
 * data can add no path segment, no parameter and no host; a value that would make a dot segment ("..") is refused.
 */
export type UrlPart<Context extends object> = { readonly literal: string } | { readonly expression: CompiledExpression<Context> };

export function renderUrl<Context extends object>(parts: readonly UrlPart<Context>[], context: Context): Evaluation<string> {
  let url = '';
  let probe = '';
  for (const part of parts) {
    if ('literal' in part) {
      url += part.literal;
      probe += part.literal;
      continue;
    }
    const result = part.expression.evaluate(context);
    if (!result.ok) return result;
    const text = renderText(result.value);
    if (!isWellFormed(text)) return refuse(part.expression.source, 'the text has half a surrogate pair, which cannot be encoded');
    url += encodeComponent(text);
    probe += 'x';
  }
  if (dotSegments(url) !== dotSegments(probe))
    return refuse(parts.map(sourceOf).join(''), 'a value makes the path segment "." or "..", which would lead to another path');
  return { ok: true, value: url };
}

/** `encodeURIComponent`, and the characters that RFC 3986 reserves and it leaves alone. */
function encodeComponent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Path segments that a URL parser takes for "." or "..", percent-encoded or not. */
function dotSegments(url: string): number {
  const path = /^[^?#]*/.exec(url)?.[0] ?? '';
  return path.split(/[/\\]/).filter((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)).length;
}

const isWellFormed = (text: string): boolean => text.isWellFormed();
const sourceOf = <Context extends object>(part: UrlPart<Context>): string =>
  'literal' in part ? part.literal : `\${${part.expression.source}}`;
const refuse = (where: string, why: string): Evaluation<string> => ({
  ok: false,
  code: 'invalid_url',
  message: `${where}: ${why}`,
});
