import { Inject, Injectable } from '@nestjs/common';
import type { Agent } from '@flows/agents';
import type { JsonObject, JsonValue } from '@flows/contracts';
import { readSql } from '@flows/postgres';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { WriteCombiner } from '../combining/write-combiner.js';
import { ENGINE_POOL } from '../step-executor.tokens.js';

export type ConnectionStatus = 'connected' | 'needs_reauth' | 'disabled';

export interface CatalogueConnection {
  id: string;
  provider: string;
  status: ConnectionStatus;
  config: JsonObject;
  /** The row's, as the database writes it. */
  updated_at: string;
  /** { limit, per } */
  rate_limit: JsonValue;
  concurrency: number | null;
  /** Some call is promised or put off to a later moment: the pace has to be asked for, also where no limit is set. */
  paused: boolean;
}

export interface CatalogueAgent extends Agent {
  /** Status by connection name; null where the workspace has no such connection. */
  required_connections: Record<string, ConnectionStatus | null>;
}

interface Wanted {
  key: string;
  kind: 'connection' | 'agent';
  workspaceId: string;
  name: string;
}
type Found = CatalogueConnection | CatalogueAgent | null;

const LOAD = readSql(import.meta.url, './load-catalogue.sql');
const KEPT = 10_000;
/** How long a change may take to be noticed. Cheap: one small query per second, whatever the load. */
const TTL_MS = 1_000;
const MOST_PER_QUERY = 500;

/**
 * The connections and agents that steps name, as of a second ago at most. What is at hand is answered at once (no promise), which
 * spares the hot path a turn; misses of the same moment share one query. Absence is remembered as well.
 */
@Injectable()
export class CatalogueCache {
  private readonly known = new LRUCache<string, { found: Found }>({ max: KEPT, ttl: TTL_MS, ttlResolution: 50 });
  private readonly loads = new WriteCombiner<Wanted, Found>((wanted) => this.load(wanted), { mostItems: MOST_PER_QUERY });

  constructor(@Inject(ENGINE_POOL) private readonly pool: pg.Pool) {}

  /** Null: the workspace has none of this name. Rejects when the database fails. */
  connection(workspaceId: string, name: string): CatalogueConnection | null | Promise<CatalogueConnection | null> {
    return this.find('connection', workspaceId, name) as CatalogueConnection | null | Promise<CatalogueConnection | null>;
  }

  agent(workspaceId: string, slug: string): CatalogueAgent | null | Promise<CatalogueAgent | null> {
    return this.find('agent', workspaceId, slug) as CatalogueAgent | null | Promise<CatalogueAgent | null>;
  }

  /** As it is now. For who is about to refuse for what may have changed a moment ago. */
  freshConnection(workspaceId: string, name: string): Promise<CatalogueConnection | null> {
    this.forgetConnection(workspaceId, name);
    return this.connection(workspaceId, name) as Promise<CatalogueConnection | null>;
  }

  freshAgent(workspaceId: string, slug: string): Promise<CatalogueAgent | null> {
    this.known.delete(keyOf('agent', workspaceId, slug));
    return this.agent(workspaceId, slug) as Promise<CatalogueAgent | null>;
  }

  forgetConnection(workspaceId: string, name: string): void {
    this.known.delete(keyOf('connection', workspaceId, name));
  }

  private find(kind: Wanted['kind'], workspaceId: string, name: string): Found | Promise<Found> {
    // PostgreSQL texts hold no NUL, so no name has one.
    if (name.includes('\0')) return null;
    const key = keyOf(kind, workspaceId, name);
    const known = this.known.get(key);
    return known === undefined ? this.loads.add({ key, kind, workspaceId, name }) : known.found;
  }

  private async load(wanted: readonly Wanted[]): Promise<Found[]> {
    const distinct = [...new Map(wanted.map((one) => [one.key, one])).values()];
    const { rows } = await this.pool.query<{ key: string; found: Found }>({
      name: 'load-catalogue',
      text: LOAD,
      values: [
        distinct.map(({ key }) => key),
        distinct.map(({ kind }) => kind),
        distinct.map(({ workspaceId }) => workspaceId),
        distinct.map(({ name }) => name),
      ],
    });
    for (const { key, found } of rows) this.known.set(key, { found });
    const byKey = new Map(rows.map(({ key, found }) => [key, found]));
    return wanted.map(({ key }) => byKey.get(key) ?? null);
  }
}

function keyOf(kind: Wanted['kind'], workspaceId: string, name: string): string {
  return `${kind}/${workspaceId}/${name}`;
}
