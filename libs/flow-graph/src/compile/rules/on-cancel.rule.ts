import type { DraftEdge, DraftStep } from '../draft-graph.js';
import type { GraphShape } from '../graph-shape.js';
import type { ProblemList } from '../problem-list.js';
import type { StepPlaces } from '../step-places.js';
import type { Fallback } from './edge-graph.rule.js';

/** What runs when a run is cancelled: a step and all that it leads to, apart from the rest of the graph. */
export interface Cleanup {
  readonly start: string | null;
  readonly steps: ReadonlySet<string>;
}
export const NO_CLEANUP: Cleanup = { start: null, steps: new Set() };

interface Edges {
  readonly steps: readonly DraftStep[];
  readonly edges: readonly DraftEdge[];
  readonly shape: GraphShape;
  readonly fallbacks: readonly Fallback[];
}
const POINTER = '#/settings/on_cancel/goto';

/** `settings.on_cancel.goto` names a step that nothing leads to, and what hangs on it is led to by nothing else. */
export function checkOnCancel(start: string | null, graph: Edges, places: StepPlaces, problems: ProblemList): Cleanup {
  if (start === null) return NO_CLEANUP;
  if (!graph.shape.has(start)) {
    problems.add(POINTER, 'on_cancel_unknown_step', places.missing(start));
    return NO_CLEANUP;
  }
  const steps = graph.shape.reachableFrom([start]);
  if (steps.size === graph.shape.ids.length)
    problems.add(POINTER, 'on_cancel_only', 'Every step runs when the run is cancelled only: none is left to start with the run');
  // An edge that comes from inside closes a cycle, which is told as such.
  const entering = ({ from, to }: Fallback): boolean => !steps.has(from) && steps.has(to);
  for (const { ends, pointer } of graph.edges) if (ends !== null && entering(ends)) tell(ends, pointer);
  for (const ends of graph.fallbacks) {
    const from = graph.steps.find(({ id }) => id === ends.from);
    if (entering(ends)) tell(ends, `${from?.pointer}/on_error/goto`);
  }
  return { start, steps };

  function tell({ from, to }: Fallback, pointer: string): void {
    if (to === start)
      problems.add(
        POINTER,
        'on_cancel_has_incoming',
        `"${to}" begins when the run is cancelled, but "${from}" leads to it too`,
        to,
      );
    else
      problems.add(
        pointer,
        'on_cancel_joined',
        `"${to}" belongs to what runs when the run is cancelled ("${start}" leads to it): "${from}" cannot lead to it too`,
        from,
      );
  }
}
