import { Inject, Injectable } from '@nestjs/common';
import { inTransaction, readSql } from '@flows/postgres';
import type pg from 'pg';
import { ENGINE_POOL } from '../database/database.tokens.js';

const INSERT = readSql(import.meta.url, './insert-workspace.sql');
const INSERT_KEY = readSql(import.meta.url, './insert-first-key.sql');
const LIST = readSql(import.meta.url, './list-workspaces.sql');

export interface WorkspaceRow {
  id: string;
  name: string;
  created_at: Date;
}

/** Workspaces as the administrator of the installation sees them: across all. */
@Injectable()
export class WorkspacesRepository {
  constructor(@Inject(ENGINE_POOL) private readonly pool: pg.Pool) {}

  /** The workspace and its first key, together or not at all. */
  insert(row: WorkspaceRow, key: { id: string; hash: Buffer; prefix: string }): Promise<void> {
    return inTransaction(this.pool, async (client) => {
      await client.query(INSERT, [row.id, row.name, row.created_at]);
      await client.query(INSERT_KEY, [key.id, row.id, key.hash, key.prefix, row.created_at]);
    });
  }

  async list(after: string | null, limit: number): Promise<WorkspaceRow[]> {
    return (await this.pool.query<WorkspaceRow>(LIST, [after, limit])).rows;
  }

  async count(): Promise<number> {
    return (await this.pool.query<{ count: number }>('select count(*) from workspaces')).rows[0]?.count ?? 0;
  }
}
