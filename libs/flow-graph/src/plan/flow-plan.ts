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
  /** For agent, connector: the `input`; for http: `{ url, headers, body }`; for transform: the `output`; else null. */
  readonly mapping: CompiledMapping | null;
  readonly retry: RetryPolicy;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly onError: OnErrorDefinition;
  readonly outgoing: readonly PlannedEdge[];
  readonly incoming: readonly PlannedEdge[];
  /** `wait` only, else 0. */
  readonly waitMs: number;
}

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly initialIntervalMs: number;
  readonly backoff: number;
  readonly maxIntervalMs: number;
  readonly jitter: boolean;
  readonly nonRetryable: readonly string[];
}

/** What expressions see. Plain JSON only; `steps` has the settled and the running steps that are upstream. */
export interface ExpressionContext {
  payload: JsonValue;
  inputs: Readonly<Record<string, JsonValue>>;
  trigger: JsonValue;
  run: { id: string; started_at: string; workflow_id: string; version: number };
  steps: Record<string, { output: JsonValue; status: string; error?: JsonValue }>;
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
