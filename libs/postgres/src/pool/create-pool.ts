import pg from 'pg';

/** Which role a pool's connections run as. `app`: row-level security by workspace; `engine`: across workspaces. */
export type DatabaseRole = 'app' | 'engine' | 'owner';

export interface PoolOptions {
  url: string;
  role: DatabaseRole;
  max: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Upper bound of one statement; 0 switches it off. */
  statementTimeoutMs?: number;
  /** Further server settings of every connection. */
  settings?: Record<string, string>;
  onError(error: Error): void;
}

const ROLE_NAMES = { app: 'flows_app', engine: 'flows_engine', owner: null } as const;

/** int8 as number: our counters stay below 2^53. */
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text));

/** A pool whose connections are in the given role from their first statement on. An idle connection that breaks is reported and replaced. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool(connectionOptions(options));
  pool.on('error', options.onError);
  return pool;
}

/** The same for a library that makes its own pool (TypeORM). */
export function connectionOptions(options: PoolOptions): pg.PoolConfig {
  const role = ROLE_NAMES[options.role];
  const settings = [
    ...(role === null ? [] : [`-c role=${role}`]),
    `-c statement_timeout=${options.statementTimeoutMs ?? 30_000}`,
    '-c timezone=UTC',
    ...Object.entries(options.settings ?? {}).map(([name, value]) => `-c ${name}=${value}`),
  ];
  return {
    connectionString: options.url,
    max: options.max,
    application_name: options.applicationName,
    options: settings.join(' '),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
}
