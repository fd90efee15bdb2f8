import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { readSql } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import { ENGINE_POOL } from '../database/database.tokens.js';

const DELETE = readSql(import.meta.url, './delete-expired-keys.sql');
const EVERY_MS = 10 * 60_000;

/** Takes away keys that are older than a day. Only the size of the table depends on it: an expired key counts as free anyway. */
@Injectable()
export class ExpiredKeysSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    try {
      await this.pool.query(DELETE);
    } catch (error) {
      this.logger.warn({ err: error }, 'expired idempotency keys were not deleted; trying again later');
    }
  }
}
