import type { JsonValue } from '@flows/contracts';
import { compileExpression } from '../expression/compile-expression.js';
import { kindWord, type StaticKind } from '../expression/cel-value.js';
import { combineMappings, compileMapping, type MappingOptions } from '../mapping/compile-mapping.js';
import type { CompiledExpression, CompiledMapping } from '../plan/flow-plan.js';
import { isRecord, type DraftEdge, type DraftStep } from './draft-graph.js';
import type { GraphShape } from './graph-shape.js';
import type { KnownData } from './known-data.js';
import type { ProblemList } from './problem-list.js';
import type { ReferenceCheck, ReferencePlace } from './rules/references.rule.js';

/** Compiles every condition and mapping of a definition, at its place in the graph, and checks what each refers to. */
export class TextCompiler {
  /** Kinds of the expressions in each step's `input`, by pointer: for the comparison with the schema of what it is for. */
  readonly inputKinds = new Map<DraftStep, ReadonlyMap<string, StaticKind>>();

  constructor(
    private readonly shape: GraphShape,
    private readonly known: KnownData,
    private readonly references: ReferenceCheck,
    private readonly problems: ProblemList,
  ) {}

  compileStep(step: DraftStep): void {
    const { raw, pointer, id } = step;
    const upstream = this.shape.upstreamOf(id);
    const place = (key: string): ReferencePlace => ({ pointer: `${pointer}/${key}`, stepId: id, upstream });
    if (raw['when'] !== undefined) step.when = this.#condition(raw['when'], place('when'), '"when"');
    step.mapping = this.#mappingOf(step, place);
  }

  /** The edge is judged when its source has settled: the source and all before it are known. */
  compileEdge(edge: DraftEdge): void {
    const condition = edge.raw['condition'];
    if (condition === undefined) return;
    const from = edge.ends?.from ?? null;
    const upstream = new Set(this.shape.upstreamOf(from));
    if (from !== null) upstream.add(from);
    edge.condition = this.#condition(condition, { pointer: `${edge.pointer}/condition`, stepId: from, upstream }, 'A condition');
  }

  /** The run's output: every step is upstream of it. */
  compileOutput(output: unknown, pointer: string): CompiledMapping | null {
    return this.#mapping(output, { pointer, stepId: null, upstream: new Set(this.shape.ids) })?.mapping ?? null;
  }

  #mappingOf(step: DraftStep, place: (key: string) => ReferencePlace): CompiledMapping | null {
    const { type, raw } = step;
    if (type === 'http') return this.#httpMapping(raw, place);
    if (type === 'transform')
      return raw['output'] === undefined ? null : (this.#mapping(raw['output'], place('output'))?.mapping ?? null);
    if (type !== 'agent' && type !== 'connector') return null;
    const compiled = this.#mapping(raw['input'] ?? {}, place('input'));
    if (compiled === null) return null;
    this.inputKinds.set(step, compiled.kinds);
    return compiled.mapping;
  }

  #httpMapping(raw: DraftStep['raw'], place: (key: string) => ReferencePlace): CompiledMapping | null {
    const { url, headers, body, input } = raw;
    if (typeof url !== 'string' || url === '') {
      const { pointer, stepId } = place('url');
      if (url !== undefined) this.problems.add(pointer, 'invalid_value', '"url" is a text that is not empty', stepId);
      return null;
    }
    if (input !== undefined) this.#mapping(input, place('input'));
    const parts = {
      url: this.#mapping(url, place('url'), { mode: 'url' }),
      headers: this.#mapping(isRecord(headers) ? headers : {}, place('headers'), { mode: 'text' }),
      ...(body === undefined ? {} : { body: this.#mapping(body, place('body')) }),
    };
    const mappings: Record<string, CompiledMapping> = {};
    for (const [key, part] of Object.entries(parts)) {
      if (part === null || part === undefined) return null;
      mappings[key] = part.mapping;
    }
    return combineMappings(mappings);
  }

  #condition(source: unknown, place: ReferencePlace, what: string): CompiledExpression | null {
    if (typeof source !== 'string') {
      this.problems.add(place.pointer, 'invalid_type', `${what} is a text: a CEL expression`, place.stepId);
      return null;
    }
    const compiled = compileExpression(source, { kindOfReference: this.known.kindOf });
    if (!compiled.ok) {
      const hint = source.includes('${') ? ' (conditions are CEL as they are, without "${ … }")' : '';
      this.problems.add(place.pointer, compiled.code, `${compiled.message}${hint}`, place.stepId);
      return null;
    }
    for (const reference of compiled.references) this.references.check(reference, place);
    if (compiled.kind === 'bool' || compiled.kind === 'dyn') return compiled.expression;
    this.problems.add(
      place.pointer,
      'type_mismatch',
      `${what} must yield a boolean, this yields ${kindWord(compiled.kind)}`,
      place.stepId,
    );
    return null;
  }

  #mapping(
    value: unknown,
    place: ReferencePlace,
    options: MappingOptions = {},
  ): { mapping: CompiledMapping; kinds: ReadonlyMap<string, StaticKind> } | null {
    const compiled = compileMapping(value as JsonValue, { ...options, kindOfReference: this.known.kindOf });
    if (!compiled.ok) {
      for (const { pointer, code, message } of compiled.problems)
        this.problems.add(`${place.pointer}${pointer}`, code, message, place.stepId);
      return null;
    }
    for (const reference of compiled.references)
      this.references.check(reference, { ...place, pointer: `${place.pointer}${reference.pointer}` });
    return compiled;
  }
}
