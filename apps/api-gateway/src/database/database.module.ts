import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { createPool, dataSourceOptions, ENTITIES, type PoolOptions } from '@flows/postgres';
import { SERVICE_CONFIG, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { ApiGatewayConfig } from '../api-gateway.config.js';
import { connectDataSource } from './connect-data-source.js';
import { APP_POOL, ENGINE_POOL } from './database.tokens.js';
import { WorkspaceTransactions } from './workspace-transactions.js';

const ENGINE_CONNECTIONS = 4;

function poolOptions(config: ApiGatewayConfig, logger: Logger, role: 'app' | 'engine', max: number): PoolOptions {
  return {
    url: config.databaseUrl,
    role,
    max,
    applicationName: `flows-gateway-${role}`,
    statementTimeoutMs: 5_000,
    onError: (error) => logger.warn({ err: error }, 'a database connection broke'),
  };
}

/** One pool for requests, which records (TypeORM) and hand-written SQL share, and a small one across workspaces. Waits for the database at boot. */
@Global()
@Module({
  providers: [
    {
      provide: DataSource,
      inject: [SERVICE_CONFIG, SERVICE_LOGGER],
      useFactory: (config: ApiGatewayConfig, logger: Logger) =>
        connectDataSource(dataSourceOptions(poolOptions(config, logger, 'app', config.databasePoolSize), ENTITIES), logger),
    },
    {
      provide: APP_POOL,
      inject: [DataSource],
      useFactory: (source: DataSource) => (source.driver as PostgresDriver).master as pg.Pool,
    },
    {
      provide: ENGINE_POOL,
      inject: [SERVICE_CONFIG, SERVICE_LOGGER],
      useFactory: (config: ApiGatewayConfig, logger: Logger) =>
        createPool(poolOptions(config, logger, 'engine', ENGINE_CONNECTIONS)),
    },
    WorkspaceTransactions,
  ],
  exports: [DataSource, APP_POOL, ENGINE_POOL, WorkspaceTransactions],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    private readonly source: DataSource,
    @Inject(ENGINE_POOL) private readonly enginePool: pg.Pool,
  ) {}

  /** After the transports have stopped: requests under way are done with their connections. */
  async onApplicationShutdown(): Promise<void> {
    await this.source.destroy();
    await this.enginePool.end();
  }
}
