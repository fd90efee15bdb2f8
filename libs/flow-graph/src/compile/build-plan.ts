import { parseDurationMs, type JsonValue, type RetryPolicyDefinition, type StepDefinition } from '@flows/contracts';
import type { CompiledMapping, FlowPlan, PlannedEdge, PlannedStep, RetryPolicy } from '../plan/flow-plan.js';
import type { DraftEdge, DraftStep } from './draft-graph.js';
import type { CheckedGraph } from './rules/edge-graph.rule.js';

/** What holds where a definition says nothing. */
const DEFAULT_STEP_TIMEOUT_MS = 2 * 60_000;
const DEFAULT_RUN_TIMEOUT_MS = 30 * 86_400_000;
const DEFAULT_RETRY = { max_attempts: 3, initial_interval: '1s', backoff: 2, max_interval: '1m', jitter: true } as const;

interface PlanParts {
  readonly steps: readonly DraftStep[];
  readonly edges: readonly DraftEdge[];
  readonly graph: CheckedGraph;
  readonly inputs: Readonly<Record<string, JsonValue>>;
  readonly output: CompiledMapping | null;
  readonly timeout: string | undefined;
}

/** Builds the plan of a definition without problems. */
export function buildPlan({ steps, edges, graph, inputs, output, timeout }: PlanParts): FlowPlan {
  const planned = planEdges(edges, graph);
  const outgoing = groupBy(planned, (edge) => edge.from);
  const incoming = groupBy(planned, (edge) => edge.to);
  const drafts = new Map(steps.map((step) => [step.id as string, step]));
  const order = graph.shape
    .topologicalOrder()
    .map((id) => planStep(drafts.get(id) as DraftStep, outgoing.get(id) ?? [], incoming.get(id) ?? []));
  return {
    steps: order,
    step: new Map(order.map((step) => [step.id, step])),
    edges: planned,
    starts: order.filter((step) => step.incoming.length === 0),
    inputs,
    output,
    timeoutMs: durationMs(timeout, DEFAULT_RUN_TIMEOUT_MS),
  };
}

function planEdges(edges: readonly DraftEdge[], { fallbacks }: CheckedGraph): PlannedEdge[] {
  const drawn = edges.flatMap(({ ends, condition }) => (ends === null ? [] : [{ ...ends, kind: 'drawn' as const, condition }]));
  const virtual = fallbacks.map((ends) => ({ ...ends, kind: 'fallback' as const, condition: null }));
  return [...drawn, ...virtual].map((edge, index) => ({ index, ...edge }));
}

function planStep(draft: DraftStep, outgoing: readonly PlannedEdge[], incoming: readonly PlannedEdge[]): PlannedStep {
  const definition = withDefaults(draft.definition as StepDefinition);
  return {
    id: definition.id,
    type: definition.type,
    definition,
    when: draft.when,
    join: definition.join ?? 'all',
    mapping: draft.mapping,
    retry: planRetry('retry' in definition ? definition.retry : undefined),
    timeoutMs: durationMs('timeout' in definition ? definition.timeout : undefined, DEFAULT_STEP_TIMEOUT_MS),
    onError: ('on_error' in definition ? definition.on_error : undefined) ?? 'halt',
    outgoing,
    incoming,
    waitMs: definition.type === 'wait' ? durationMs(definition.for, 0) : 0,
  };
}

function withDefaults(definition: StepDefinition): StepDefinition {
  return definition.type === 'http'
    ? { ...definition, method: definition.method ?? 'GET', expect: definition.expect ?? ['2xx'] }
    : definition;
}

function planRetry(given: RetryPolicyDefinition | undefined): RetryPolicy {
  const retry = { ...DEFAULT_RETRY, ...given };
  return {
    maxAttempts: retry.max_attempts,
    initialIntervalMs: durationMs(retry.initial_interval, 0),
    backoff: retry.backoff,
    maxIntervalMs: durationMs(retry.max_interval, 0),
    jitter: retry.jitter,
    nonRetryable: given?.non_retryable ?? [],
  };
}

function durationMs(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : (parseDurationMs(text) ?? otherwise);
}

function groupBy(edges: readonly PlannedEdge[], key: (edge: PlannedEdge) => string): Map<string, PlannedEdge[]> {
  const groups = new Map<string, PlannedEdge[]>();
  for (const edge of edges) {
    const group = groups.get(key(edge));
    if (group === undefined) groups.set(key(edge), [edge]);
    else group.push(edge);
  }
  return groups;
}
