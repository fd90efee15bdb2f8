import 'reflect-metadata';
import { DataSource, type DataSourceOptions, type EntityTarget } from 'typeorm';
import { ConnectionLimits1764000000003 } from './migrations/connection-limits.migration.js';
import { Engine1764000000002 } from './migrations/engine.migration.js';
import { Foundation1732400000001 } from './migrations/foundation.migration.js';
import { connectionOptions, type PoolOptions } from './pool/create-pool.js';

/** In order; TypeORM runs those that the database has not seen. */
export const MIGRATIONS = [Foundation1732400000001, Engine1764000000002, ConnectionLimits1764000000003];

/** Options of the design-time data source. The schema comes from migrations only: `synchronize` is never on. */
export function dataSourceOptions(options: PoolOptions, entities: EntityTarget<object>[]): DataSourceOptions {
  const { connectionString, ...extra } = connectionOptions(options);
  return {
    type: 'postgres',
    url: connectionString,
    entities: entities as never,
    migrations: MIGRATIONS,
    synchronize: false,
    migrationsTransactionMode: 'each',
    extra,
  };
}

/** Brings the schema up to date; several processes may call it at once (an advisory lock lets one work). */
export async function migrate(url: string, log: (message: string) => void): Promise<void> {
  const source = new DataSource(
    dataSourceOptions(
      {
        url,
        role: 'owner',
        max: 1,
        applicationName: 'flows-migrate',
        statementTimeoutMs: 0,
        onError: (error) => log(error.message),
      },
      [],
    ),
  );
  await source.initialize();
  try {
    await source.query('select pg_advisory_lock(742001)');
    const done = await source.runMigrations({ transaction: 'each' });
    for (const migration of done) log(`migrated: ${migration.name}`);
  } finally {
    await source.query('select pg_advisory_unlock(742001)').catch(() => undefined);
    await source.destroy();
  }
}

/** True when every known migration is applied: services wait for this before they say that they are ready. */
export async function isMigrated(query: (sql: string) => Promise<{ name: string }[]>): Promise<boolean> {
  const rows = await query('select name from migrations').catch(() => []);
  const names = new Set(rows.map((row) => row.name));
  return MIGRATIONS.every((migration) => names.has(new migration().name));
}
