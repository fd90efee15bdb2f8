import { canonicalJson } from '@flows/contracts';
import type { RunState } from '../state/run-state.js';
import type { ChildRuns } from '../state/step-state.js';

/** A state as text, the same for equal states: steps by id, edges in order. */
export function stateJson(state: RunState): string {
  return canonicalJson({
    ...state,
    steps: Object.fromEntries([...state.steps].map(([id, step]) => [id, { ...step, children: childrenJson(step.children) }])),
    lives: Object.fromEntries([...state.lives].map(([id, life]) => [id, { ...life, children: childrenJson(life.children) }])),
    usedEvents: Object.fromEntries(state.usedEvents),
    liveEdges: [...state.liveEdges].sort((a, b) => a - b),
  });
}

function childrenJson(children: ChildRuns | null) {
  if (children === null) return null;
  const dense = <T>(list: readonly (T | undefined)[]) => Array.from(list, (one) => one ?? null);
  return { ...children, open: Object.fromEntries(children.open), outputs: dense(children.outputs), heard: dense(children.heard) };
}
