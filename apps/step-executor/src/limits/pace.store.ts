import { Inject, Injectable } from '@nestjs/common';
import { inTransaction, readSql } from '@flows/postgres';
import type pg from 'pg';
import { CLAIMANT, ENGINE_POOL } from '../step-executor.tokens.js';
import type { ConnectionUse } from './connection-use.js';

const ENSURE = readSql(import.meta.url, './ensure-paces.sql');
const RESERVE = readSql(import.meta.url, './reserve-calls.sql');
const PUSH_BACK = readSql(import.meta.url, './push-back.sql');
const LOCK = readSql(import.meta.url, './lock-paces.sql');
const TAKE_PLACES = readSql(import.meta.url, './take-places.sql');

/** What is waited for here rather than told to the run. */
export const SHORT_WAIT_MS = 2_000;
const MOST_REMEMBERED = 10_000;

/** When a call may begin, in milliseconds from now. Only a granted one may be made then; the other is to ask again. */
export interface Reservation {
  granted: boolean;
  inMs: number;
}

export interface PlaceRequest {
  use: ConnectionUse;
  idempotencyKey: string;
}

interface PaceRow {
  connection_id: string;
  base_ms: number;
  next_ms: number;
  tail_ms: number;
}

/** Pace and places of connections, in the database, where all executors meet. All times are the database's. */
@Injectable()
export class PaceStore {
  private known = new Set<string>();

  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(CLAIMANT) private readonly claimant: string,
  ) {}

  /** One statement for all of them. */
  async reserve(uses: readonly ConnectionUse[]): Promise<Reservation[]> {
    await this.ensure(uses);
    const byId = new Map<string, { use: ConnectionUse; asked: number }>();
    for (const use of uses) {
      const entry = byId.get(use.id);
      if (entry === undefined) byId.set(use.id, { use, asked: 1 });
      else entry.asked += 1;
    }
    const list = [...byId.values()];
    const { rows } = await this.pool.query<PaceRow>({
      name: 'reserve-calls',
      text: RESERVE,
      values: [
        list.map(({ use }) => use.id),
        list.map(({ asked }) => asked),
        list.map(({ use }) => gapMs(use)),
        list.map(({ use }) => toleranceMs(use)),
        SHORT_WAIT_MS,
      ],
    });
    const paces = new Map(rows.map((row) => [row.connection_id, row]));
    const missing = list.filter(({ use }) => !paces.has(use.id));
    if (missing.length > 0) {
      // Purged since it was written; nothing was reserved for any of them.
      for (const { use } of missing) this.known.delete(use.id);
      if (missing.length === list.length) return this.reserve(uses);
    }
    const counts = new Map<string, number>();
    return uses.map((use) => {
      const nth = counts.get(use.id) ?? 0;
      counts.set(use.id, nth + 1);
      const pace = paces.get(use.id);
      return pace === undefined ? { granted: false, inMs: SHORT_WAIT_MS } : reservationOf(use, pace, nth);
    });
  }

  /** For each whether there was room for it. The lease of its effect holds the place, and gives it back when it ends. */
  async takePlaces(requests: readonly PlaceRequest[]): Promise<boolean[]> {
    await this.ensure(requests.map(({ use }) => use));
    return inTransaction(this.pool, async (client) => {
      const ids = [...new Set(requests.map(({ use }) => use.id))];
      const locked = await client.query({ name: 'lock-paces', text: LOCK, values: [ids] });
      if (locked.rowCount !== ids.length) {
        // Purged since it was written: without its row nobody keeps the others out.
        for (const id of ids) this.known.delete(id);
        return requests.map(() => false);
      }
      const { rows } = await client.query<{ idempotency_key: string }>({
        name: 'take-places',
        text: TAKE_PLACES,
        values: [
          requests.map(({ idempotencyKey }) => idempotencyKey),
          requests.map(({ use }) => use.id),
          requests.map(({ use }) => use.concurrency ?? 2 ** 31 - 1),
          this.claimant,
        ],
      });
      const taken = new Set(rows.map((row) => row.idempotency_key));
      return requests.map(({ idempotencyKey }) => taken.has(idempotencyKey));
    });
  }

  /** The provider said when it may be called again. */
  async pushBack(use: ConnectionUse, retryAfterMs: number): Promise<void> {
    await this.pool.query(PUSH_BACK, [use.workspaceId, use.id, retryAfterMs, toleranceMs(use)]);
  }

  private async ensure(uses: readonly ConnectionUse[]): Promise<void> {
    const fresh = [...new Map(uses.filter(({ id }) => !this.known.has(id)).map((use) => [use.id, use])).values()];
    if (fresh.length === 0) return;
    await this.pool.query(ENSURE, [fresh.map(({ workspaceId }) => workspaceId), fresh.map(({ id }) => id)]);
    if (this.known.size > MOST_REMEMBERED) this.known = new Set();
    for (const { id } of fresh) this.known.add(id);
  }
}

function reservationOf(use: ConnectionUse, { base_ms, next_ms, tail_ms }: PaceRow, nth: number): Reservation {
  const gap = gapMs(use);
  const tolerance = toleranceMs(use);
  const granted = gap === 0 ? (base_ms <= SHORT_WAIT_MS ? Infinity : 0) : Math.round((next_ms - base_ms) / gap);
  if (nth < granted) return { granted: true, inMs: Math.max(0, base_ms + nth * gap - tolerance) };
  const tail = Math.max(tail_ms, next_ms - tolerance);
  return { granted: false, inMs: Math.max(0, tail + (nth - granted) * gap) };
}

/** Between two calls, in the long run. */
function gapMs({ rate }: ConnectionUse): number {
  return rate === null ? 0 : rate.perMs / rate.limit;
}

/** `limit` calls may begin at once. */
function toleranceMs(use: ConnectionUse): number {
  return use.rate === null ? 0 : gapMs(use) * (use.rate.limit - 1);
}
