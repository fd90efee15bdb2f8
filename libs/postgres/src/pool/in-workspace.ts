import type pg from 'pg';
import { inTransaction } from './in-transaction.js';

/**
 * One unit of work inside one workspace: a transaction whose first statement sets the workspace for row-level security.
 * The setting is local to the transaction, so a pooled connection carries nothing into the next one.
 */
export function inWorkspace<T>(pool: pg.Pool, workspaceId: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query("select set_config('app.workspace_id', $1, true)", [workspaceId]);
    return work(client);
  });
}
