import type { ForeachStep, JsonValue, StepDefinition } from '@flows/contracts';
import type { CompiledMapping, FlowPlan, PlannedEdge, PlannedForeach, PlannedStep } from '../plan/flow-plan.js';
import type { CheckedGraph } from './check-graph.js';
import type { DraftStep } from './draft-graph.js';
import { durationMs, planApproval, planRetry, planTimeoutMs, planWait } from './plan-step-policies.js';
import type { ReadSettings } from './read-settings.js';

/** What holds where a definition says nothing. */
const DEFAULT_RUN_TIMEOUT_MS = 30 * 86_400_000;
const DEFAULT_FOREACH_CONCURRENCY = 10;

interface PlanParts {
  readonly graph: CheckedGraph;
  readonly inputs: Readonly<Record<string, JsonValue>>;
  readonly output: CompiledMapping | null;
  readonly settings: ReadSettings;
  readonly concurrencyKey: NonNullable<FlowPlan['concurrency']>['key'];
}

/** What the plan of a flow and those of its sub-graphs have in common: an item belongs to the same run of the same version. */
type Inherited = Pick<FlowPlan, 'inputs' | 'timeoutMs' | 'priority' | 'onReauth'>;

/** Builds the plan of a definition without problems. */
export function buildPlan({ graph, inputs, output, settings, concurrencyKey }: PlanParts): FlowPlan {
  const inherited: Inherited = {
    inputs,
    timeoutMs: durationMs(settings.timeout, DEFAULT_RUN_TIMEOUT_MS),
    priority: settings.priority ?? 0,
    onReauth: settings.onReauth ?? 'wait',
  };
  const indexed = indexGraph(graph, inherited);
  return {
    ...indexed,
    ...inherited,
    starts: indexed.starts.filter(({ id }) => !graph.cleanup.has(id)),
    output,
    onCancel: graph.onCancel === null ? null : (indexed.step.get(graph.onCancel) ?? null),
    cleanup: graph.cleanup,
    concurrency: settings.concurrencyLimit === null ? null : { limit: settings.concurrencyLimit, key: concurrencyKey },
  };
}

function planBody(graph: CheckedGraph, inherited: Inherited): FlowPlan {
  return { ...indexGraph(graph, inherited), ...inherited, output: null, onCancel: null, cleanup: new Set(), concurrency: null };
}

function indexGraph(graph: CheckedGraph, inherited: Inherited): Pick<FlowPlan, 'steps' | 'step' | 'edges' | 'starts'> {
  const planned = planEdges(graph);
  const outgoing = groupBy(planned, (edge) => edge.from);
  const incoming = groupBy(planned, (edge) => edge.to);
  const drafts = new Map(graph.steps.map((step) => [step.id as string, step]));
  const order = graph.shape.topologicalOrder().map((id): PlannedStep => {
    const draft = drafts.get(id) as DraftStep;
    return {
      ...planStep(draft),
      outgoing: outgoing.get(id) ?? [],
      incoming: incoming.get(id) ?? [],
      foreach: planForeach(draft, graph, inherited),
    };
  });
  return {
    steps: order,
    step: new Map(order.map((step) => [step.id, step])),
    edges: planned,
    starts: order.filter((step) => step.incoming.length === 0),
  };
}

function planEdges({ edges, fallbacks }: CheckedGraph): PlannedEdge[] {
  const drawn = edges.flatMap(({ ends, condition }) => (ends === null ? [] : [{ ...ends, kind: 'drawn' as const, condition }]));
  const virtual = fallbacks.map((ends) => ({ ...ends, kind: 'fallback' as const, condition: null }));
  return [...drawn, ...virtual].map((edge, index) => ({ index, ...edge }));
}

function planStep(draft: DraftStep): Omit<PlannedStep, 'outgoing' | 'incoming' | 'foreach'> {
  const definition = withDefaults(draft.definition as StepDefinition);
  return {
    id: definition.id,
    type: definition.type,
    definition,
    when: draft.when,
    join: definition.join ?? 'all',
    mapping: draft.mapping,
    retry: planRetry('retry' in definition ? definition.retry : undefined),
    timeoutMs: planTimeoutMs(definition),
    onError: ('on_error' in definition ? definition.on_error : undefined) ?? 'halt',
    wait: definition.type === 'wait' ? planWait(definition, draft) : null,
    approval: planApproval(definition),
  };
}

function planForeach(draft: DraftStep, graph: CheckedGraph, inherited: Inherited): PlannedForeach | null {
  const body = graph.bodies.get(draft);
  if (body === undefined || draft.items === null) return null;
  const definition = draft.definition as ForeachStep;
  return {
    items: draft.items,
    body: planBody(body.graph, inherited),
    concurrency: definition.concurrency ?? DEFAULT_FOREACH_CONCURRENCY,
    onItemError: definition.on_item_error ?? 'halt',
    outerSteps: body.outerSteps,
  };
}

function withDefaults(definition: StepDefinition): StepDefinition {
  return definition.type === 'http'
    ? { ...definition, method: definition.method ?? 'GET', expect: definition.expect ?? ['2xx'] }
    : definition;
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
