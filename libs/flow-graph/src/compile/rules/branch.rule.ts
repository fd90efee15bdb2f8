import type { DraftEdge, DraftStep } from '../draft-graph.js';
import type { ProblemList } from '../problem-list.js';

/** A branch in mode `first` has at most one edge without condition: its else. */
export function checkBranches(steps: readonly DraftStep[], edges: readonly DraftEdge[], problems: ProblemList): void {
  for (const { id, type, raw } of steps) {
    if (type !== 'branch' || raw['mode'] === 'all' || id === null) continue;
    const [first, ...others] = edges.filter(({ ends, raw: edge }) => ends?.from === id && edge['condition'] === undefined);
    for (const { pointer } of others) {
      problems.add(
        pointer,
        'several_else_edges',
        `The branch "${id}" has an edge without condition already (edge ${first?.index}, counted from 0); give this one a condition, or set mode "all"`,
        id,
      );
    }
  }
}
