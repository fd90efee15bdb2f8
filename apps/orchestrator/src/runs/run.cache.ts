import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { isTerminal, type RunState } from '@flows/run-machine';

/** States of runs on the move, so that a batch reads nothing that it wrote itself a moment ago. */
const MAX_RUNS = 20_000;

/**
 * A cached state may be old (another member had the partition in between). That is safe for writes, which are fenced by seq;
 * an *ignored* input must be looked at again with a fresh state, since nothing is written that could be refused.
 */
@Injectable()
export class RunCache {
  private readonly states = new LRUCache<string, RunState>({ max: MAX_RUNS });

  get(runId: string): RunState | undefined {
    return this.states.get(runId);
  }

  put(state: RunState): void {
    if (isTerminal(state.status)) this.states.delete(state.runId);
    else this.states.set(state.runId, state);
  }

  drop(runId: string): void {
    this.states.delete(runId);
  }

  clear(): void {
    this.states.clear();
  }
}
