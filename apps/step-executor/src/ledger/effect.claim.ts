import type { JsonObject, StepOutcome, StepRunCommand } from '@flows/contracts';

export interface ClaimRequest {
  command: StepRunCommand;
  /** The provider recognises the key. */
  keyed: boolean;
  requestHash: Buffer;
}

export type Claim =
  /** Ours: call, then settle. */
  | { kind: 'granted' }
  /** Known how it ended: report that, call nobody. */
  | { kind: 'settled'; outcome: StepOutcome }
  /** Somebody else is at it: ask again. */
  | { kind: 'held'; retryInMs: number }
  /** Somebody was at it and died, and the provider would not recognise a repetition. `known` is what the ledger has. */
  | { kind: 'in_doubt'; known: JsonObject }
  /** The key was used for another request. */
  | { kind: 'conflict' }
  /** A later attempt has taken the key: nobody waits for this one. */
  | { kind: 'superseded' };

/** A row of claim-effects.sql: what was claimed, and how the effect stood before. All but the key null where there was none. */
export interface ClaimRow {
  idempotency_key: string;
  claimed: 'intended' | 'in_doubt' | null;
  state: 'intended' | 'done' | 'failed' | 'in_doubt' | null;
  attempt: number | null;
  outcome: StepOutcome | null;
  claimed_by: string | null;
  updated_at: Date | null;
  same_request: boolean | null;
  held_ms: number | null;
}

/** Rows that another statement wrote just now are not visible yet; expired leases are taken by whoever asks first. */
const ASK_AGAIN_MS = 50;

export function toClaim(row: ClaimRow, attempt: number): Claim {
  if (row.claimed === 'intended') return { kind: 'granted' };
  if (row.claimed === 'in_doubt') return { kind: 'in_doubt', known: knownOf(row) };
  if (row.state === null) return { kind: 'held', retryInMs: ASK_AGAIN_MS };
  if (row.same_request === false) return { kind: 'conflict' };
  if (row.state === 'done' && row.outcome !== null) return { kind: 'settled', outcome: row.outcome };
  if (row.attempt !== null && row.attempt > attempt) return { kind: 'superseded' };
  if (row.state === 'intended') return { kind: 'held', retryInMs: Math.max(ASK_AGAIN_MS, row.held_ms ?? 0) };
  if (row.outcome !== null) return { kind: 'settled', outcome: row.outcome };
  return { kind: 'in_doubt', known: knownOf(row) };
}

function knownOf({ attempt, claimed_by, updated_at }: ClaimRow): JsonObject {
  return { attempt, claimed_by, since: updated_at?.toISOString() ?? null };
}
