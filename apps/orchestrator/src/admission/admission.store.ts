import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { inTransaction, readSql, type RunRequestRow } from '@flows/postgres';
import { ENGINE_POOL } from '../orchestrator.tokens.js';
import { ADMISSION_LIMITS, type AdmissionLimits } from './admission-limits.js';
import { dealPlaces, inStartingOrder, type Candidate } from './deal-places.js';

const HAS_BACKLOG = readSql(import.meta.url, './sql/has-backlog.sql');
const TAKE_TURN = readSql(import.meta.url, './sql/take-turn.sql');
const LOAD_DEMAND = readSql(import.meta.url, './sql/load-demand.sql');
const FIND_NEXT = readSql(import.meta.url, './sql/find-next-runs.sql');
const FIND_LANE_HEADS = readSql(import.meta.url, './sql/find-lane-heads.sql');
const FIND_CHILDREN = readSql(import.meta.url, './sql/find-waiting-children.sql');
const ADMIT = readSql(import.meta.url, './sql/admit-runs.sql');
const MIN_SCAN = 20;

/** A run that has just been admitted: its request is to be published. */
export type AdmittedRun = RunRequestRow & { traceparent: string | null; now: number };

/** A workspace that waits for places, and how many it could get. */
interface Seeker {
  workspaceId: string;
  underWay: number;
  places: number;
}
interface FoundRow {
  workspace_id: string;
  ids: string[];
  priorities: number[];
  created: number[];
}

/**
 * Decides which queued runs start next.
 *
 * INVARIANT: what is occupied is counted in the rows each time, never remembered: no death of a process leaves a place taken or free that
 * is not. A lane is filled by the holder of the lock alone, so it never holds more than its limit.
 */
@Injectable()
export class AdmissionStore {
  /** Where the last look at lanes ended, by workspace: with more lanes than a round looks at, each comes round. Losing it is harmless. */
  private readonly laneCursors = new Map<string, string>();

  constructor(@Inject(ENGINE_POOL) private readonly pool: pg.Pool) {}

  async hasBacklog(): Promise<boolean> {
    const { rows } = await this.pool.query<{ waiting: boolean }>({ name: 'has-backlog', text: HAS_BACKLOG });
    return rows[0]?.waiting ?? false;
  }

  /** One round, in one transaction. @returns the admitted runs; null when another replica is at it. */
  admit(limits: AdmissionLimits = ADMISSION_LIMITS): Promise<AdmittedRun[] | null> {
    return inTransaction(this.pool, async (client) => {
      const turn = await client.query<{ mine: boolean }>({ name: 'take-turn', text: TAKE_TURN });
      return turn.rows[0]?.mine ? this.dealRound(client, limits) : null;
    });
  }

  private async dealRound(client: pg.ClientBase, limits: AdmissionLimits): Promise<AdmittedRun[]> {
    const children = await this.admitChildren(client, limits);
    const { free, seekers } = await loadSeekers(client, limits);
    this.forgetCursorsExcept(seekers);
    if (seekers.length === 0) return children;
    const candidates = await this.findCandidates(client, seekers, limits);
    const contenders = seekers.map(({ workspaceId, underWay }) => ({
      underWay,
      candidates: candidates.get(workspaceId) ?? [],
    }));
    const ids = dealPlaces(contenders, free, limits.share, limits.batch);
    return [...children, ...(await admit(client, ids))];
  }

  /** Before any others, so that these count as occupants of their lanes when the others are looked for. */
  private async admitChildren(client: pg.ClientBase, { batch, scan }: AdmissionLimits): Promise<AdmittedRun[]> {
    const { rows } = await client.query<{ id: string }>({ name: 'find-waiting-children', text: FIND_CHILDREN, values: [scan] });
    return admit(
      client,
      rows.slice(0, batch).map(({ id }) => id),
    );
  }

  private async findCandidates(
    client: pg.ClientBase,
    seekers: readonly Seeker[],
    { scan, lanes }: AdmissionLimits,
  ): Promise<Map<string, Candidate[]>> {
    const depth = Math.min(scan, Math.max(MIN_SCAN, Math.ceil((4 * scan) / seekers.length)));
    const { rows } = await client.query<FoundRow & { scanned: number }>({
      name: 'find-next-runs',
      text: FIND_NEXT,
      values: [seekers.map(({ workspaceId }) => workspaceId), seekers.map(({ places }) => places), depth],
    });
    const candidates = new Map(rows.map((row) => [row.workspace_id, candidatesOf(row)]));
    const scanned = new Map(rows.map((row) => [row.workspace_id, row.scanned]));
    const blocked = seekers.filter(
      ({ workspaceId, places }) =>
        scanned.get(workspaceId) === depth && (candidates.get(workspaceId)?.length ?? 0) < Math.min(places, depth),
    );
    if (blocked.length === 0) return candidates;
    for (const { workspaceId, places, found } of await this.findLaneHeads(client, blocked, lanes)) {
      const first = candidates.get(workspaceId) ?? [];
      const known = new Set(first.map(({ id }) => id));
      const all = inStartingOrder([...first, ...found.filter(({ id }) => !known.has(id))]);
      candidates.set(workspaceId, all.slice(0, places));
    }
    return candidates;
  }

  private async findLaneHeads(
    client: pg.ClientBase,
    blocked: readonly Seeker[],
    lanes: number,
  ): Promise<{ workspaceId: string; places: number; found: Candidate[] }[]> {
    const { rows } = await client.query<FoundRow & { lanes: number; last_lane: string | null }>({
      name: 'find-lane-heads',
      text: FIND_LANE_HEADS,
      values: [
        blocked.map(({ workspaceId }) => workspaceId),
        blocked.map(({ places }) => places),
        blocked.map(({ workspaceId }) => this.laneCursors.get(workspaceId) ?? ''),
        lanes,
      ],
    });
    for (const { workspace_id: id, lanes: seen, last_lane: last } of rows) {
      if (seen === lanes && last !== null) this.laneCursors.set(id, last);
      else this.laneCursors.delete(id);
    }
    const places = new Map(blocked.map((seeker) => [seeker.workspaceId, seeker.places]));
    return rows.map((row) => ({
      workspaceId: row.workspace_id,
      places: places.get(row.workspace_id) ?? 0,
      found: candidatesOf(row),
    }));
  }

  private forgetCursorsExcept(seekers: readonly Seeker[]): void {
    if (this.laneCursors.size === 0) return;
    const seeking = new Set(seekers.map(({ workspaceId }) => workspaceId));
    for (const workspaceId of this.laneCursors.keys()) if (!seeking.has(workspaceId)) this.laneCursors.delete(workspaceId);
  }
}

async function admit(client: pg.ClientBase, ids: readonly string[]): Promise<AdmittedRun[]> {
  if (ids.length === 0) return [];
  return (await client.query<AdmittedRun>({ name: 'admit-runs', text: ADMIT, values: [ids] })).rows;
}

async function loadSeekers(
  client: pg.ClientBase,
  { window, share, batch }: AdmissionLimits,
): Promise<{ free: number; seekers: Seeker[] }> {
  const { rows } = await client.query<{ workspace_id: string; under_way: number; total: number }>({
    name: 'load-demand',
    text: LOAD_DEMAND,
    values: [Math.max(window, share)],
  });
  const free = Math.max(0, window - (rows[0]?.total ?? 0));
  const seekers = rows.map((row) => ({
    workspaceId: row.workspace_id,
    underWay: row.under_way,
    places: Math.min(batch, Math.max(free, share - row.under_way)),
  }));
  return { free, seekers: seekers.filter(({ places }) => places > 0) };
}

function candidatesOf({ ids, priorities, created }: FoundRow): Candidate[] {
  return ids.map((id, index) => ({ id, priority: priorities[index] as number, createdUs: created[index] as number }));
}
