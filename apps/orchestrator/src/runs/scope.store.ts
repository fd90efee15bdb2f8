import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { JsonValue, RunTrigger } from '@flows/contracts';
import { readSql } from '@flows/postgres';
import type { RunScope, ScopeData } from '@flows/run-machine';
import { ENGINE_POOL } from '../orchestrator.tokens.js';

const LOAD_SCOPES = readSql(import.meta.url, './sql/load-scopes.sql');
const STORE_SCOPES = readSql(import.meta.url, './sql/store-scopes.sql');
/** The items of a few thousand foreach steps at a time; a scope may hold a payload of 256 KiB and outputs of 1 MiB. */
const MAX_CHARACTERS = 128 * 1024 * 1024;

/** What the items of a foreach step share of the outside. */
export type StoredScope = Omit<RunScope, 'body'>;

export interface ScopeToStore {
  scopeId: string;
  workspaceId: string;
  rootRunId: string;
  data: ScopeData;
}

/** Owns the table run_scopes: written once per foreach step, read by every orchestrator that runs an item of it. Immutable, so never stale. */
@Injectable()
export class ScopeStore {
  private readonly scopes = new LRUCache<string, StoredScope>({ maxSize: MAX_CHARACTERS });

  constructor(@Inject(ENGINE_POOL) private readonly pool: pg.Pool) {}

  peek(scopeId: string): StoredScope | undefined {
    return this.scopes.get(scopeId);
  }

  /** By id; one that does not exist is absent. */
  async load(scopeIds: ReadonlySet<string>): Promise<Map<string, StoredScope>> {
    const found = new Map<string, StoredScope>();
    const missing: string[] = [];
    for (const id of scopeIds) {
      const scope = this.scopes.get(id);
      if (scope === undefined) missing.push(id);
      else found.set(id, scope);
    }
    if (missing.length === 0) return found;
    const { rows } = await this.pool.query<ScopeRow>({ name: 'load-scopes', text: LOAD_SCOPES, values: [missing] });
    for (const row of rows) {
      const scope: StoredScope = {
        id: row.id,
        rootRunId: row.root_run_id,
        payload: row.payload,
        trigger: row.trigger,
        ...row.data,
      };
      this.scopes.set(row.id, scope, { size: JSON.stringify(scope).length });
      found.set(row.id, scope);
    }
    return found;
  }

  async store(scopes: readonly ScopeToStore[]): Promise<void> {
    if (scopes.length === 0) return;
    const values = [
      scopes.map(({ scopeId }) => scopeId),
      scopes.map(({ workspaceId }) => workspaceId),
      scopes.map(({ rootRunId }) => rootRunId),
      scopes.map(({ data }) => JSON.stringify(data)),
    ];
    await this.pool.query({ name: 'store-scopes', text: STORE_SCOPES, values });
  }
}

interface ScopeRow {
  id: string;
  root_run_id: string;
  data: ScopeData;
  payload: JsonValue;
  trigger: RunTrigger;
}
