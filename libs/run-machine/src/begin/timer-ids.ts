import type { Draft } from '../decide/draft.js';

/** Names a timer of a step. Later lives of a step have timers of their own, so that one that fires late is not taken for theirs. */
export function timerIdOf(draft: Draft, kind: 'wait' | 'event' | 'due', stepId: string): string {
  const life = draft.state.lives.get(stepId)?.ended ?? 0;
  return life === 0 ? `${kind}:${stepId}` : `${kind}:${stepId}:${life}`;
}
