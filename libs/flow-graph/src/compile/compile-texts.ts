import type { JsonValue, StepType } from '@flows/contracts';
import { compileExpression, FLOW_NAMES, ITEM_NAMES } from '../expression/compile-expression.js';
import { findCorrelation } from '../expression/find-correlation.js';
import { isZoneName } from '../expression/functions/time-zone.js';
import type { Reference } from '../expression/linked-node.js';
import { resolveInstant } from '../expression/resolve-instant.js';
import { kindWord, type StaticKind } from '../expression/cel-value.js';
import { combineMappings, compileMapping, type MappingOptions } from '../mapping/compile-mapping.js';
import type { CompiledExpression, CompiledMapping, EventContext, ExpressionContext, FlowPlan } from '../plan/flow-plan.js';
import { isRecord, type DraftEdge, type DraftMatch, type DraftStep } from './draft-graph.js';
import type { GraphScope } from './graph-scope.js';
import type { ProblemList } from './problem-list.js';
import type { ReferenceCheck, ReferencePlace } from './rules/references.rule.js';

type ConcurrencyKey = NonNullable<NonNullable<FlowPlan['concurrency']>['key']>;

/** What an expression at some place must yield. */
interface Demand {
  /** The place, in messages. */
  readonly what: string;
  readonly kinds: readonly StaticKind[];
  readonly must: string;
}
const condition = (what: string): Demand => ({ what, kinds: ['bool'], must: 'a boolean' });
const LIST: Demand = { what: '"items"', kinds: ['list'], must: 'a list' };
const INSTANT: Demand = {
  what: '"until"',
  kinds: ['timestamp', 'string'],
  must: 'a timestamp or a text such as "2026-03-01T09:00"',
};
/** Of an expression without references, which looks at nothing. */
const NOTHING = {} as ExpressionContext;
/** Steps whose `input` is a mapping that something receives. */
const TAKES_INPUT: readonly StepType[] = ['agent', 'connector', 'code', 'flow', 'approval'];

/** Compiles every condition and mapping of a definition, at its place in the graph, and checks what each refers to. */
export class TextCompiler {
  /** Kinds of the expressions in each step's `input`, by pointer: for the comparison with the schema of what it is for. */
  readonly inputKinds = new Map<DraftStep, ReadonlyMap<string, StaticKind>>();

  readonly #names: readonly string[];

  constructor(
    private readonly scope: GraphScope,
    private readonly references: ReferenceCheck,
    private readonly problems: ProblemList,
  ) {
    this.#names = scope.outer === null ? FLOW_NAMES : ITEM_NAMES;
  }

  compileStep(step: DraftStep): void {
    const { raw, pointer, id } = step;
    const upstream = this.scope.upstreamOf(id);
    const place = (key: string): ReferencePlace => ({ pointer: `${pointer}/${key}`, stepId: id, upstream });
    if (raw['when'] !== undefined) step.when = this.#condition(raw['when'], place('when'), '"when"');
    if (step.type === 'foreach' && raw['items'] !== undefined)
      step.items = this.#expression(raw['items'], place('items'), LIST, this.#names)?.expression ?? null;
    if (step.type === 'wait') this.#compileWait(step, place);
    step.mapping = this.#mappingOf(step, place);
  }

  /** The edge is judged when its source has settled: the source and all before it are known. */
  compileEdge(edge: DraftEdge): void {
    const condition = edge.raw['condition'];
    if (condition === undefined) return;
    const from = edge.ends?.from ?? null;
    const upstream = new Set(this.scope.upstreamOf(from));
    if (from !== null) upstream.add(from);
    edge.condition = this.#condition(condition, { pointer: `${edge.pointer}/condition`, stepId: from, upstream }, 'A condition');
  }

  /** The run's output: every step of a normal end is upstream of it. */
  compileOutput(output: unknown, pointer: string): CompiledMapping | null {
    return this.#mapping(output, { pointer, stepId: null, upstream: this.scope.upstreamOfEnd() })?.mapping ?? null;
  }

  /** Evaluated before the run begins: there are no steps yet, and the run has no id that a limit could be shared by. */
  compileConcurrencyKey(key: string, pointer: string): ConcurrencyKey | null {
    const place = { pointer, stepId: null, upstream: new Set<string>() };
    return this.#mapping(key, place, { mode: 'text', names: ['payload', 'inputs', 'trigger'] })?.mapping ?? null;
  }

  #compileWait(step: DraftStep, place: (key: string) => ReferencePlace): void {
    const { until, event } = step.raw;
    if (until !== undefined) step.until = this.#until(until, step.raw['timezone'], place('until'));
    if (isRecord(event) && event['match'] !== undefined) step.match = this.#match(event['match'], place('event/match'));
  }

  #until(source: unknown, timezone: unknown, place: ReferencePlace): CompiledExpression | null {
    const compiled = this.#expression(source, place, INSTANT, this.#names);
    if (compiled === null) return null;
    const { expression, references } = compiled;
    if (references.length > 0) return expression;
    const zone = typeof timezone === 'string' && isZoneName(timezone) ? timezone : 'UTC';
    const value = expression.evaluate(NOTHING);
    if (value.ok && resolveInstant(value.value, zone) !== null) return expression;
    const why = value.ok ? `${JSON.stringify(value.value).slice(0, 80)} is no moment such as "2026-03-01T09:00"` : value.message;
    this.problems.add(place.pointer, 'invalid_instant', `"until": ${why}`, place.stepId);
    return null;
  }

  #match(source: unknown, place: ReferencePlace): DraftMatch | null {
    const compiled = this.#expression<EventContext>(source, place, condition('"match"'), [...this.#names, 'event']);
    if (compiled === null) return null;
    const { expression } = compiled;
    const options = { names: this.#names, kindOfReference: this.scope.known.kindOf };
    return { condition: expression, correlation: findCorrelation<ExpressionContext>(expression.source, 'event', options) };
  }

  #mappingOf(step: DraftStep, place: (key: string) => ReferencePlace): CompiledMapping | null {
    const { type, raw } = step;
    if (type === 'http') return this.#httpMapping(raw, place);
    if (type === 'transform')
      return raw['output'] === undefined ? null : (this.#mapping(raw['output'], place('output'))?.mapping ?? null);
    if (type === null || !TAKES_INPUT.includes(type)) return null;
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
    return this.#expression(source, place, condition(what), this.#names)?.expression ?? null;
  }

  #expression<Context extends object = ExpressionContext>(
    source: unknown,
    place: ReferencePlace,
    { what, kinds, must }: Demand,
    names: readonly string[],
  ): { expression: CompiledExpression<Context>; references: readonly Reference[] } | null {
    const tell = (code: string, message: string): null => {
      this.problems.add(place.pointer, code, message, place.stepId);
      return null;
    };
    if (typeof source !== 'string') return tell('invalid_type', `${what} is a text: a CEL expression`);
    const compiled = compileExpression<Context>(source, { names, kindOfReference: this.scope.known.kindOf });
    if (!compiled.ok) {
      const hint = source.includes('${') ? ' (this is CEL as it is, without "${ … }")' : '';
      return tell(compiled.code, `${compiled.message}${hint}`);
    }
    for (const reference of compiled.references) this.references.check(reference, place);
    if (kinds.includes(compiled.kind) || compiled.kind === 'dyn') return compiled;
    return tell('type_mismatch', `${what} must yield ${must}, this yields ${kindWord(compiled.kind)}`);
  }

  #mapping(
    value: unknown,
    place: ReferencePlace,
    options: MappingOptions = {},
  ): { mapping: CompiledMapping; kinds: ReadonlyMap<string, StaticKind> } | null {
    const compiled = compileMapping(value as JsonValue, {
      names: this.#names,
      ...options,
      kindOfReference: this.scope.known.kindOf,
    });
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
