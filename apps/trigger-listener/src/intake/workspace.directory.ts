import { readSql } from '@flows/postgres';
import type pg from 'pg';

const FIND = readSql(import.meta.url, './find-workspaces.sql');

/** Which workspaces exist. Remembers those that do (they are never deleted); asks the database before it calls one unknown. */
export class WorkspaceDirectory {
  private readonly known = new Set<string>();

  constructor(private readonly pool: pg.Pool) {}

  /** The subset of `ids` that exist: one query for all that are not remembered, none when all are. */
  async findKnown(ids: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const unseen = [...ids].filter((id) => !this.known.has(id));
    if (unseen.length > 0) {
      const result = await this.pool.query<{ id: string }>({ name: 'find-workspaces', text: FIND, values: [unseen] });
      for (const row of result.rows) this.known.add(row.id);
    }
    return this.known;
  }
}
