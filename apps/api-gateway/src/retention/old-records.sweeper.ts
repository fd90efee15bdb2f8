import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { readSql } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import { ENGINE_POOL } from '../database/database.tokens.js';

/** How long each is kept stands in its statement. */
const DELETES = ['delete-decided-approvals', 'delete-ended-bulk-jobs', 'delete-idle-paces', 'delete-unused-scopes'].map(
  (name) => ({
    name,
    text: readSql(import.meta.url, `./${name}.sql`),
  }),
);
const EVERY_MS = 10 * 60_000;
/** Rows per statement, so that none holds its locks for long; and statements per sweep, so that a sweep ends. */
const PAGE = 1_000;
const MOST_PAGES = 20;

/** Takes away what nobody asks for any more. Nothing else depends on it than the size of the tables; several gateways may sweep at once. */
@Injectable()
export class OldRecordsSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private sweeping = false;
  private stopped = false;

  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    for (const { name, text } of DELETES) {
      try {
        for (let page = 0; page < MOST_PAGES && !this.stopped; page += 1) {
          if (((await this.pool.query(text, [PAGE])).rowCount ?? 0) < PAGE) break;
        }
      } catch (error) {
        this.logger.warn({ err: error, statement: name }, 'old records were not deleted; trying again later');
      }
    }
    this.sweeping = false;
  }
}
