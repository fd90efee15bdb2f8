import { isMigrated } from '@flows/postgres';
import type { Check } from './health-checks.js';

/** Structural, so that the driver stays with @flows/postgres. */
export interface QueryablePool {
  query(sql: string): Promise<{ rows: { name: string }[] }>;
}

/** Ready: the database answers, and its schema is the one that this build knows. */
export function migratedCheck(pool: QueryablePool): Check {
  return async () => {
    if (!(await isMigrated(async (sql) => (await pool.query(sql)).rows)))
      throw new Error('the schema is not the one that this service knows: run the migrations');
  };
}
