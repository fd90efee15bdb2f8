import { isRecord, type DraftEdge, type DraftGraph, type DraftStep } from '../draft-graph.js';
import { GraphShape } from '../graph-shape.js';
import type { ProblemList } from '../problem-list.js';
import type { StepPlaces } from '../step-places.js';

/** The fallback edges of a definition: one per step with `on_error: { goto }`. */
export interface Fallback {
  readonly from: string;
  readonly to: string;
}
export interface EdgeGraph {
  readonly shape: GraphShape;
  readonly fallbacks: readonly Fallback[];
}

/**
 * Builds the graph of all edges and checks what holds for it as a whole: no cycle, fallbacks lead forward, every step reachable.
 * @param onCancel a step that starts without the run, so that an edge is not missed at it.
 */
export function checkEdgeGraph(
  { pointer, steps, edges }: DraftGraph,
  places: StepPlaces,
  onCancel: string | null,
  problems: ProblemList,
  warnings: ProblemList,
): EdgeGraph {
  const byId = new Map(steps.flatMap((step) => (step.id === null ? [] : [[step.id, step] as const])));
  const shape = new GraphShape([...byId.keys()]);
  for (const { ends } of edges) if (ends !== null && byId.has(ends.from) && byId.has(ends.to)) shape.join(ends.from, ends.to);
  reportCycles(shape, edges, pointer, problems);
  const fallbacks = joinFallbacks(steps, shape, places, problems);
  reportUnreachable(shape, byId, problems);
  warnIsolated(shape, byId, onCancel, warnings);
  return { shape, fallbacks };
}

/** One problem per cycle, at the edge that closes it, naming its steps. */
function reportCycles(shape: GraphShape, edges: readonly DraftEdge[], pointer: string, problems: ProblemList): void {
  const reported = new Set<string>();
  const settled = new Set(shape.topologicalOrder());
  for (const id of shape.ids) {
    if (settled.has(id) || reported.has(id)) continue;
    const cycle = shape.cycleThrough(id);
    if (cycle === null) continue;
    // Everything that lies on a common cycle with this step is told with it.
    for (const other of shape.ancestors(id)) if (shape.ancestors(other).has(id)) reported.add(other);
    reported.add(id);
    const closing = edges.find(({ ends }) => ends !== null && ends.to === id && ends.from === cycle[cycle.length - 1]);
    problems.add(closing?.pointer ?? pointer, 'cycle', `The steps go round in a cycle: ${[...cycle, id].join(' → ')}`, id);
  }
}

/** Adds the fallback edges in the order of the steps; one that would lead back is a problem and is not added. */
function joinFallbacks(steps: readonly DraftStep[], shape: GraphShape, places: StepPlaces, problems: ProblemList): Fallback[] {
  const fallbacks: Fallback[] = [];
  for (const { id, raw, pointer } of steps) {
    const target = isRecord(raw['on_error']) ? raw['on_error']['goto'] : undefined;
    if (id === null || typeof target !== 'string') continue;
    const at = `${pointer}/on_error/goto`;
    if (!shape.has(target)) {
      problems.add(at, 'goto_unknown_step', places.missing(target), id);
    } else if (target === id || shape.ancestors(id).has(target)) {
      const what = target === id ? 'the failing step itself' : `an ancestor of "${id}"`;
      problems.add(at, 'goto_ancestor', `"${target}" is ${what}: a fallback leads forward`, id);
    } else {
      shape.join(id, target);
      fallbacks.push({ from: id, to: target });
    }
  }
  return fallbacks;
}

function reportUnreachable(shape: GraphShape, byId: ReadonlyMap<string, DraftStep>, problems: ProblemList): void {
  const starts = shape.ids.filter((id) => shape.incoming(id).length === 0);
  const reachable = shape.reachableFrom(starts);
  for (const [id, { pointer }] of byId) {
    if (!reachable.has(id)) problems.add(pointer, 'unreachable_step', `No start leads to "${id}"`, id);
  }
}

function warnIsolated(
  shape: GraphShape,
  byId: ReadonlyMap<string, DraftStep>,
  onCancel: string | null,
  warnings: ProblemList,
): void {
  if (byId.size < 2) return;
  for (const [id, { pointer }] of byId) {
    if (id === onCancel || shape.incoming(id).length > 0 || shape.outgoing(id).length > 0) continue;
    warnings.add(pointer, 'isolated_step', `No edge touches "${id}": it starts with the run and nothing follows it`, id);
  }
}
