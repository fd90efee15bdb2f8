import { canonicalJson } from '@flows/contracts';
import type { RunState } from '../state/run-state.js';

/** A state as text, the same for equal states: steps by id, edges in order. */
export function stateJson(state: RunState): string {
  return canonicalJson({
    ...state,
    steps: Object.fromEntries(state.steps),
    liveEdges: [...state.liveEdges].sort((a, b) => a - b),
  });
}
