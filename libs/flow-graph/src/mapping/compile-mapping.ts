import type { JsonValue } from '@flows/contracts';
import { compileExpression, type ExpressionOptions } from '../expression/compile-expression.js';
import type { Reference } from '../expression/linked-node.js';
import type { StaticKind } from '../expression/cel-value.js';
import type { CompiledExpression, CompiledMapping, Evaluation, ExpressionContext } from '../plan/flow-plan.js';
import { MappingFailure, resolveNode, type MappingNode } from './mapping-node.js';
import { MAX_MAPPED_BYTES, jsonSizeBytes } from './mapping-size.js';
import { isTemplate, scanTemplate, type TemplatePart } from './scan-template.js';
import type { UrlPart } from './url-template.js';
import { pointerSegment } from '../plan/pointer.js';

export interface MappingOptions extends ExpressionOptions {
  /**
   * `value` (default): a text that is exactly one `${ … }` keeps the value's type. `text`: it becomes text (header values).
   * `url`: values are percent-encoded, a whole-URL `${ … }` is taken as it is.
   */
  mode?: 'value' | 'text' | 'url';
}

/** A reference with the place in the mapping that holds it (URI fragment without `#`, such as `/lead/email`). */
export interface MappingReference extends Reference {
  readonly pointer: string;
}
export interface MappingProblem {
  /** Relative to the mapping, segments escaped for a URI fragment, without `#`; empty for the mapping itself. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}
export type MappingCompilation<Context extends object> =
  | {
      ok: true;
      mapping: CompiledMapping<Context>;
      references: readonly MappingReference[];
      /** What is known of the values at places that hold expressions, by pointer. */
      kinds: ReadonlyMap<string, StaticKind>;
      /** True when nothing in it depends on a run. */
      constant: boolean;
    }
  | { ok: false; problems: readonly MappingProblem[] };

const MAX_MAPPING_DEPTH = 64;
const MAX_MAPPING_EXPRESSIONS = 2_000;

/** Compiles JSON whose strings may hold `${ … }`; every problem is reported, not only the first. Total over any JSON. */
export function compileMapping<Context extends object = ExpressionContext>(
  value: JsonValue,
  options: MappingOptions = {},
): MappingCompilation<Context> {
  const compiler = new MappingCompiler<Context>(options);
  const root = compiler.node(value, '', 0);
  if (compiler.problems.length > 0) return { ok: false, problems: compiler.problems };
  const { references, kinds } = compiler;
  return { ok: true, mapping: new ResolvableMapping(root), references, kinds, constant: root.kind === 'constant' };
}

class MappingCompiler<Context extends object> {
  readonly problems: MappingProblem[] = [];
  readonly references: MappingReference[] = [];
  readonly kinds = new Map<string, StaticKind>();
  #expressions = 0;

  constructor(readonly options: MappingOptions) {}

  node(value: JsonValue, pointer: string, depth: number): MappingNode<Context> {
    if (typeof value === 'string') return isTemplate(value) ? this.#template(value, pointer) : { kind: 'constant', value };
    if (value === null || typeof value !== 'object') return { kind: 'constant', value };
    if (depth >= MAX_MAPPING_DEPTH)
      return this.#problem(pointer, 'too_deep', `Objects and lists are nested more than ${MAX_MAPPING_DEPTH} deep`);
    if (Array.isArray(value)) {
      const members = value.map((member, index) => this.node(member, `${pointer}/${index}`, depth + 1));
      return members.every((member) => member.kind === 'constant') ? { kind: 'constant', value } : { kind: 'list', members };
    }
    const entries = Object.keys(value).map((key) => {
      const at = `${pointer}/${pointerSegment(key)}`;
      if (key === '__proto__') return [key, this.#problem(at, 'forbidden_key', '"__proto__" cannot be used as a key')] as const;
      return [key, this.node(value[key] as JsonValue, at, depth + 1)] as const;
    });
    return entries.every(([, member]) => member.kind === 'constant') ? { kind: 'constant', value } : { kind: 'map', entries };
  }

  #template(text: string, pointer: string): MappingNode<Context> {
    const scan = scanTemplate(text);
    if (!scan.ok) return this.#problem(pointer, 'invalid_expression', scan.message);
    const { parts } = scan;
    const [only] = parts;
    if (only === undefined) return { kind: 'constant', value: '' };
    if (parts.length === 1 && 'literal' in only) return { kind: 'constant', value: only.literal };
    const mode = this.options.mode ?? 'value';
    if (parts.length === 1 && 'source' in only) {
      const compiled = this.#expression(only.source, pointer);
      if (compiled === null) return PLACEHOLDER;
      this.kinds.set(pointer, mode === 'text' ? 'string' : compiled.kind);
      return { kind: 'value', expression: compiled.expression, pointer, as: mode === 'value' ? 'json' : mode };
    }
    this.kinds.set(pointer, 'string');
    return { kind: mode === 'url' ? 'url' : 'text', parts: this.#parts(parts, pointer), pointer };
  }

  #parts(parts: readonly TemplatePart[], pointer: string): UrlPart<Context>[] {
    const compiled: UrlPart<Context>[] = [];
    for (const part of parts) {
      const expression = 'literal' in part ? null : this.#expression(part.source, pointer);
      if ('literal' in part) compiled.push(part);
      else if (expression !== null) compiled.push(expression);
    }
    return compiled;
  }

  #expression(source: string, pointer: string): { expression: CompiledExpression<Context>; kind: StaticKind } | null {
    this.#expressions += 1;
    if (this.#expressions > MAX_MAPPING_EXPRESSIONS) {
      if (this.#expressions === MAX_MAPPING_EXPRESSIONS + 1)
        this.#problem(pointer, 'too_many_expressions', `A mapping holds at most ${MAX_MAPPING_EXPRESSIONS} expressions`);
      return null;
    }
    const compiled = compileExpression<Context>(source.trim(), this.options);
    if (!compiled.ok) {
      this.#problem(pointer, compiled.code, `\${${source}}: ${compiled.message}`);
      return null;
    }
    for (const reference of compiled.references) this.references.push({ ...reference, pointer });
    return compiled;
  }

  #problem(pointer: string, code: string, message: string): MappingNode<Context> {
    this.problems.push({ pointer, code, message });
    return PLACEHOLDER;
  }
}

/** Stands for what could not be compiled; never resolved, since a mapping with problems is never handed out. */
const PLACEHOLDER = { kind: 'constant', value: null } as const;

class ResolvableMapping<Context extends object> implements CompiledMapping<Context> {
  readonly #root: MappingNode<Context>;
  constructor(root: MappingNode<Context>) {
    this.#root = root;
  }

  resolve(context: Context): Evaluation {
    const root = this.#root;
    if (root.kind === 'constant') return { ok: true, value: root.value };
    try {
      const value = resolveNode(root, context);
      if (jsonSizeBytes(value, MAX_MAPPED_BYTES) <= MAX_MAPPED_BYTES) return { ok: true, value };
      return {
        ok: false,
        code: 'mapping_too_large',
        message: `The mapped value is larger than ${MAX_MAPPED_BYTES} characters of JSON`,
      };
    } catch (error) {
      if (error instanceof MappingFailure) return { ok: false, code: error.code, message: error.message };
      if (error instanceof RangeError)
        return { ok: false, code: 'mapping_too_large', message: 'The mapped value is nested too deeply or grows too large' };
      throw error;
    }
  }
}

/** One mapping of several, by key. A failure names the key. */
export function combineMappings<Context extends object = ExpressionContext>(
  parts: Readonly<Record<string, CompiledMapping<Context>>>,
): CompiledMapping<Context> {
  const entries = Object.entries(parts);
  return {
    resolve(context) {
      const value: { [key: string]: JsonValue } = {};
      for (const [key, part] of entries) {
        const result = part.resolve(context);
        if (!result.ok) return { ...result, message: `/${key}${result.message.startsWith('/') ? '' : ': '}${result.message}` };
        value[key] = result.value;
      }
      return { ok: true, value };
    },
  };
}
