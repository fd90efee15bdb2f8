import type { JsonValue, OnErrorDefinition, StepDefinition, StepType } from '@flows/contracts';

/**
 * A flow ready to run: everything parsed, resolved and indexed, so that the run machine only looks up.
 * Immutable; one plan per (workflow, version), cached by the orchestrator.
 */
export interface FlowPlan {
  /** In topological order: every step after all its `incoming` sources. */
  readonly steps: readonly PlannedStep[];
  readonly step: ReadonlyMap<string, PlannedStep>;
  /** All edges, drawn ones first in the order given, then one virtual edge per `on_error.goto`. `index` is the position. */
  readonly edges: readonly PlannedEdge[];
  /** Steps without incoming edges of either kind: they start together. */
  readonly starts: readonly PlannedStep[];
  readonly inputs: Readonly<Record<string, JsonValue>>;
  /** The run's output, or null: then the last completed step's output, or an object by step id when several are last. */
  readonly output: CompiledMapping | null;
  readonly timeoutMs: number;
  /** Begins when the run is cancelled; it and all that only it leads to are in no other run's way: not among `starts`, never part of a normal end. */
  readonly onCancel: PlannedStep | null;
  /** `onCancel` and all that it leads to. */
  readonly cleanup: ReadonlySet<string>;
  readonly concurrency: {
    readonly limit: number;
    readonly key: CompiledMapping<Pick<ExpressionContext, 'payload' | 'inputs' | 'trigger'>> | null;
  } | null;
  readonly priority: number;
  readonly onReauth: 'wait' | 'fail';
}

export interface PlannedEdge {
  readonly index: number;
  readonly from: string;
  readonly to: string;
  /** `fallback`: live only when `from` failed and its `on_error` goes to `to`; drawn edges are then dead. */
  readonly kind: 'drawn' | 'fallback';
  readonly condition: CompiledExpression | null;
}

export interface PlannedStep {
  readonly id: string;
  readonly type: StepType;
  readonly definition: StepDefinition;
  readonly when: CompiledExpression | null;
  readonly join: 'all' | 'any';
  /** For agent, connector, code, flow, approval: the `input`; for http: `{ url, headers, body }`; for transform: the `output`; else null. */
  readonly mapping: CompiledMapping | null;
  readonly retry: RetryPolicy;
  /** Of one attempt; 0 for the types that no executor attempts: branch, wait, transform, approval, foreach, flow. */
  readonly timeoutMs: number;
  readonly onError: OnErrorDefinition;
  readonly outgoing: readonly PlannedEdge[];
  readonly incoming: readonly PlannedEdge[];
  /** `wait` only, else null. */
  readonly wait: PlannedWait | null;
  /** `approval`, and two-stage agent and connector steps, else null. */
  readonly approval: PlannedApproval | null;
  /** `foreach` only, else null. */
  readonly foreach: PlannedForeach | null;
}

export type PlannedWait =
  | { readonly kind: 'for'; readonly ms: number }
  /** `at` yields a timestamp, or a text: RFC 3339, or a local date and time that is read in `timezone` (IANA). */
  | { readonly kind: 'until'; readonly at: CompiledExpression; readonly timezone: string }
  | {
      readonly kind: 'event';
      readonly eventType: string;
      /** Over the run's names and `event`. */
      readonly match: CompiledExpression<EventContext> | null;
      /**
       * A conjunct of `match` of the form `event.<path> == <expression without event>`, found when the plan is made: an event can only
       * match when it has that value there, so that events find their waits by an index. Null: every event of the type is tried.
       */
      readonly correlation: { readonly path: readonly string[]; readonly value: CompiledExpression } | null;
      readonly timeoutMs: number | null;
      readonly since: { readonly kind: 'run' } | { readonly kind: 'step' } | { readonly kind: 'back'; readonly ms: number };
    };

export interface PlannedApproval {
  readonly assignees: readonly string[];
  readonly dueMs: number | null;
  readonly onDue: 'reject' | 'approve' | 'fail';
}

export interface PlannedForeach {
  readonly items: CompiledExpression;
  /** The sub-graph as a plan of its own; its expressions see `item`, `index`, the outer names, and outer steps unless shadowed. */
  readonly body: FlowPlan;
  readonly concurrency: number;
  readonly onItemError: 'halt' | 'continue';
  /** Outer steps that the sub-graph's expressions read: what must be kept for its items. */
  readonly outerSteps: readonly string[];
}

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly initialIntervalMs: number;
  readonly backoff: number;
  readonly maxIntervalMs: number;
  readonly jitter: boolean;
  readonly nonRetryable: readonly string[];
  /** Of all attempts together, from the first scheduling on; null: no cap. */
  readonly maxElapsedMs: number | null;
}

/** What expressions see. Plain JSON only; `steps` has the settled and the running steps that are upstream. */
export interface ExpressionContext {
  payload: JsonValue;
  inputs: Readonly<Record<string, JsonValue>>;
  trigger: JsonValue;
  run: { id: string; started_at: string; workflow_id: string; version: number };
  steps: Record<string, { output: JsonValue; status: string; error?: JsonValue }>;
  /** In the sub-graph of a foreach step only: the item, and its place in the list from 0. */
  item?: JsonValue;
  index?: number;
}

/** What the `match` of a wait sees: the run's names and the CloudEvent with `event.data`. */
export interface EventContext extends ExpressionContext {
  event: JsonValue;
}

export type Evaluation<T = JsonValue> = { ok: true; value: T } | { ok: false; code: string; message: string };

/** A parsed CEL expression. Evaluation is deterministic, bounded, and never throws. */
export interface CompiledExpression<Context extends object = ExpressionContext> {
  readonly source: string;
  evaluate(context: Context): Evaluation;
  /** For conditions: a result that is no boolean is an error. */
  test(context: Context): Evaluation<boolean>;
}

/** JSON whose strings may hold `${ … }`, compiled. The error names the place in the mapping and the expression's path. */
export interface CompiledMapping<Context extends object = ExpressionContext> {
  resolve(context: Context): Evaluation;
}
