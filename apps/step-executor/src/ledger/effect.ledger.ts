import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject, StepOutcome, StepRunCommand } from '@flows/contracts';
import { readSql } from '@flows/postgres';
import type pg from 'pg';
import type { SettledState } from '../attempts/attempt-result.js';
import { CLAIMANT, ENGINE_POOL } from '../step-executor.tokens.js';
import { toClaim, type Claim, type ClaimRequest, type ClaimRow } from './effect.claim.js';

const CLAIM = readSql(import.meta.url, './claim-effects.sql');
const SETTLE = readSql(import.meta.url, './settle-effects.sql');
const RENEW = readSql(import.meta.url, './renew-leases.sql');
const RELEASE = readSql(import.meta.url, './release-leases.sql');
const WITHDRAW = readSql(import.meta.url, './withdraw-effects.sql');
const FIND_OUTCOME = readSql(import.meta.url, './find-outcome.sql');

/** Renewed well before it ends; a dead executor's effects wait this long at most. */
export const LEASE_MS = 15_000;

export interface Settlement {
  command: StepRunCommand;
  state: SettledState;
  /** StepOutcome as JSON. */
  outcome: string;
  receipt: JsonObject | null;
}

/**
 * One row per idempotency key, so that an effect is done once, or named in doubt. All times are the database's.
 *
 *   row before                    same attempt            later attempt           earlier attempt
 *   none                          granted                 granted                 granted
 *   intended, lease alive         held                    held                    superseded
 *   intended, lease over, keyed   granted (same key)      granted (same key)      superseded
 *   intended, lease over, unkeyed in doubt                in doubt                superseded
 *   done                          settled                 settled                 settled
 *   failed                        settled                 granted (same key)      superseded
 *   in doubt, keyed               settled                 granted (same key)      superseded
 *   in doubt, unkeyed             settled                 settled                 superseded
 *   another request's hash        conflict                conflict                conflict
 */
@Injectable()
export class EffectLedger {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(CLAIMANT) private readonly claimant: string,
  ) {}

  /** One statement. Of several requests with one key the highest attempt is asked for and the others are told to ask again. */
  async claim(requests: readonly ClaimRequest[]): Promise<Claim[]> {
    const asked = new Map<string, ClaimRequest>();
    for (const request of requests) {
      const other = asked.get(request.command.idempotency_key);
      if (other === undefined || other.command.attempt < request.command.attempt)
        asked.set(request.command.idempotency_key, request);
    }
    const list = [...asked.values()];
    const commands = list.map(({ command }) => command);
    const { rows } = await this.pool.query<ClaimRow>({
      name: 'claim-effects',
      text: CLAIM,
      values: [
        commands.map((command) => command.idempotency_key),
        commands.map((command) => command.workspace_id),
        commands.map((command) => command.run_id),
        commands.map((command) => command.step_id),
        commands.map((command) => command.id),
        commands.map((command) => command.attempt),
        list.map(({ keyed }) => keyed),
        list.map(({ requestHash }) => requestHash),
        this.claimant,
        LEASE_MS,
      ],
    });
    const byKey = new Map(rows.map((row) => [row.idempotency_key, row]));
    return requests.map((request) => {
      const row = byKey.get(request.command.idempotency_key);
      if (row === undefined || asked.get(request.command.idempotency_key) !== request) return { kind: 'held', retryInMs: 50 };
      return toClaim(row, request.command.attempt);
    });
  }

  /** Stores outcomes. @returns for each whether it was still ours to store; an outcome that was not is nobody's to report. */
  async settle(settlements: readonly Settlement[]): Promise<boolean[]> {
    const { rows } = await this.pool.query<{ idempotency_key: string }>({
      name: 'settle-effects',
      text: SETTLE,
      values: [
        settlements.map(({ command }) => command.idempotency_key),
        settlements.map(({ command }) => command.attempt),
        settlements.map(({ state }) => state),
        settlements.map(({ outcome }) => outcome),
        settlements.map(({ receipt }) => (receipt === null ? null : JSON.stringify(receipt))),
        this.claimant,
      ],
    });
    const settled = new Set(rows.map((row) => row.idempotency_key));
    return settlements.map(({ command }) => settled.has(command.idempotency_key));
  }

  /** @returns the keys that are still ours. */
  async renew(keys: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ idempotency_key: string }>(RENEW, [keys, this.claimant, LEASE_MS]);
    return new Set(rows.map((row) => row.idempotency_key));
  }

  async release(keys: readonly string[]): Promise<void> {
    await this.pool.query(RELEASE, [keys, this.claimant]);
  }

  /** For effects that were claimed and not called. */
  async withdraw(keys: readonly string[]): Promise<void> {
    await this.pool.query(WITHDRAW, [keys, this.claimant]);
  }

  /** How the command's attempt ended, or its effect if that is done, whoever asks; null when that is open. */
  async findOutcome(command: StepRunCommand): Promise<StepOutcome | null> {
    const { rows } = await this.pool.query<{ outcome: StepOutcome }>(FIND_OUTCOME, [
      command.idempotency_key,
      command.workspace_id,
      command.attempt,
    ]);
    return rows[0]?.outcome ?? null;
  }
}
