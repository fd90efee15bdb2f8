import type { FlowCatalogue } from '../plan/problem.js';
import { TextCompiler } from './compile-texts.js';
import type { DraftEdge, DraftGraph, DraftStep } from './draft-graph.js';
import { GraphScope, type OuterScope } from './graph-scope.js';
import type { GraphShape } from './graph-shape.js';
import { KnownData, type KnownDefinition } from './known-data.js';
import type { ProblemList } from './problem-list.js';
import { checkApprovals } from './rules/approval.rule.js';
import { checkBranches } from './rules/branch.rule.js';
import { checkCatalogue } from './rules/catalogue.rule.js';
import { checkCode } from './rules/code.rule.js';
import { checkDurations } from './rules/durations.rule.js';
import { checkEdgeGraph, type Fallback } from './rules/edge-graph.rule.js';
import { checkHttp } from './rules/http.rule.js';
import { checkOnCancel, NO_CLEANUP } from './rules/on-cancel.rule.js';
import { ReferenceCheck } from './rules/references.rule.js';
import { checkWait } from './rules/wait.rule.js';
import type { StepPlaces } from './step-places.js';

/** A graph with all that was found out about it; a plan can be made of it when there was no problem. */
export interface CheckedGraph {
  readonly steps: readonly DraftStep[];
  readonly edges: readonly DraftEdge[];
  readonly shape: GraphShape;
  readonly fallbacks: readonly Fallback[];
  /** The step that begins when the run is cancelled, and all that it leads to. Never in a sub-graph. */
  readonly onCancel: string | null;
  readonly cleanup: ReadonlySet<string>;
  /** By foreach step. */
  readonly bodies: ReadonlyMap<DraftStep, CheckedBody>;
}
export interface CheckedBody {
  readonly graph: CheckedGraph;
  readonly outerSteps: readonly string[];
}

/** Applies every rule to a graph and to the sub-graphs in it, and compiles their texts. */
export class GraphCheck {
  constructor(
    private readonly definition: KnownDefinition,
    private readonly onCancel: string | null,
    private readonly places: StepPlaces,
    private readonly catalogue: FlowCatalogue | null,
    private readonly problems: ProblemList,
    private readonly warnings: ProblemList,
  ) {}

  check(draft: DraftGraph, outer: OuterScope | null = null): { graph: CheckedGraph; texts: TextCompiler } {
    const { problems, warnings, catalogue, places } = this;
    const { steps, edges } = draft;
    const { shape, fallbacks } = checkEdgeGraph(draft, places, outer === null ? this.onCancel : null, problems, warnings);
    checkBranches(steps, edges, problems);
    const cleanup =
      outer === null ? checkOnCancel(this.onCancel, { steps, edges, shape, fallbacks }, places, problems) : NO_CLEANUP;

    const known = new KnownData(this.definition, steps, catalogue, outer?.scope.known ?? null);
    const scope = new GraphScope(shape, known, cleanup.steps, outer);
    const texts = new TextCompiler(scope, new ReferenceCheck(scope, places, problems, warnings), problems);
    const bodies = new Map<DraftStep, CheckedBody>();
    for (const step of steps) {
      checkDurations(step, problems);
      checkHttp(step, problems, warnings);
      checkWait(step, problems);
      checkApprovals(step, problems, warnings);
      checkCode(step, problems);
      texts.compileStep(step);
      if (catalogue !== null) checkCatalogue(step, catalogue, texts.inputKinds.get(step), problems);
      if (step.graph !== null) bodies.set(step, this.#checkBody(step, step.graph, scope));
    }
    for (const edge of edges) texts.compileEdge(edge);
    return { graph: { steps, edges, shape, fallbacks, onCancel: cleanup.start, cleanup: cleanup.steps, bodies }, texts };
  }

  #checkBody(step: DraftStep, body: DraftGraph, scope: GraphScope): CheckedBody {
    const read = new Set<string>();
    const { graph } = this.check(body, { scope, foreachId: step.id, upstream: scope.upstreamOf(step.id), read });
    return { graph, outerSteps: [...read].sort() };
  }
}
