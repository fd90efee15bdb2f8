/**
 * Owns who may carry out a keyed write. A key belongs to its first request (method, path, body): that one runs, the same
 * one later gets the stored answer, another one is refused. Refuses storing: answers are kept by the state, in the same
 * commit as the effect, so that no crash leaves an effect without its answer.
 */
import type { StoredAnswer } from '../state/crm-state.js';

export const ANSWER_TTL_MS = 24 * 60 * 60 * 1000;

export type ClaimVerdict =
  | { readonly verdict: 'run' }
  | { readonly verdict: 'replay'; readonly answer: StoredAnswer }
  | { readonly verdict: 'key_reused' }
  | { readonly verdict: 'in_flight' };

export class IdempotencyClaims {
  /** Key → fingerprint of the request that is being carried out. */
  private readonly inFlight = new Map<string, string>();

  constructor(private readonly answers: ReadonlyMap<string, StoredAnswer>) {}

  /** On `run` the caller owns the key until it calls `release`. */
  claim(key: string, fingerprint: string, nowMs: number): ClaimVerdict {
    const running = this.inFlight.get(key);
    if (running !== undefined) return { verdict: running === fingerprint ? 'in_flight' : 'key_reused' };
    const answer = this.answers.get(key);
    if (answer && nowMs - Date.parse(answer.at) < ANSWER_TTL_MS) {
      return answer.fingerprint === fingerprint ? { verdict: 'replay', answer } : { verdict: 'key_reused' };
    }
    this.inFlight.set(key, fingerprint);
    return { verdict: 'run' };
  }

  release(key: string): void {
    this.inFlight.delete(key);
  }
}
