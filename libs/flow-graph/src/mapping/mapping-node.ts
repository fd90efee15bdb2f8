import type { JsonValue } from '@flows/contracts';
import type { CompiledExpression, Evaluation } from '../plan/flow-plan.js';
import { renderText } from './render-text.js';
import { renderUrl, type UrlPart } from './url-template.js';

/** One place of a mapping, compiled. `pointer` (RFC 6901, relative to the mapping) names it in failures. */
export type MappingNode<Context extends object> =
  | { readonly kind: 'constant'; readonly value: JsonValue }
  | {
      readonly kind: 'value';
      readonly expression: CompiledExpression<Context>;
      readonly pointer: string;
      readonly as: 'json' | 'text' | 'url';
    }
  | { readonly kind: 'text'; readonly parts: readonly UrlPart<Context>[]; readonly pointer: string }
  | { readonly kind: 'url'; readonly parts: readonly UrlPart<Context>[]; readonly pointer: string }
  | { readonly kind: 'list'; readonly members: readonly MappingNode<Context>[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, MappingNode<Context>])[] };

/** A failure somewhere below; thrown and caught inside one `resolve`. */
export class MappingFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Constants are shared by all results (immutable by contract), only what holds an expression is built anew. */
export function resolveNode<Context extends object>(node: MappingNode<Context>, context: Context): JsonValue {
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'value':
      return resolveValue(node, context);
    case 'text': {
      let text = '';
      for (const part of node.parts)
        text += 'literal' in part ? part.literal : renderText(unwrap(part.expression.evaluate(context), node.pointer));
      return text;
    }
    case 'url':
      return unwrap(renderUrl(node.parts, context), node.pointer);
    case 'list':
      return node.members.map((member) => resolveNode(member, context));
    case 'map': {
      const out: { [key: string]: JsonValue } = {};
      for (const [key, member] of node.entries) out[key] = resolveNode(member, context);
      return out;
    }
  }
}

function resolveValue<Context extends object>(
  node: Extract<MappingNode<Context>, { kind: 'value' }>,
  context: Context,
): JsonValue {
  const value = unwrap(node.expression.evaluate(context), node.pointer);
  if (node.as === 'json') return value;
  if (node.as === 'text') return renderText(value);
  if (typeof value === 'string' && value !== '') return value;
  throw new MappingFailure(
    'invalid_url',
    `${place(node.pointer)}\${${node.expression.source}}: a URL must be a text that is not empty`,
  );
}

function unwrap<T extends JsonValue>(result: Evaluation<T>, pointer: string): T {
  if (result.ok) return result.value;
  throw new MappingFailure(result.code, `${place(pointer)}${result.message}`);
}

/** Leads a message with the place in the mapping: "/lead/email: steps.enrich.output.mail: no such key". */
function place(pointer: string): string {
  return pointer === '' ? '' : `${pointer}: `;
}
