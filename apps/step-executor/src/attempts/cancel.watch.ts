import { Inject, Injectable } from '@nestjs/common';
import { readSql } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import { ENGINE_POOL } from '../step-executor.tokens.js';
import { Cancelled } from './attempt.js';
import { AttemptsUnderWay } from './attempts-under-way.js';

const FIND_CANCELLED = readSql(import.meta.url, './find-cancelled.sql');
const LOOK_EVERY_MS = 500;
/** Younger attempts are not asked for: most are over before anybody could cancel them. */
const OLD_ENOUGH_MS = 1_000;

/**
 * Stops attempts whose run was cancelled or is over. Asks the database, since it is there also when the broker is full or gone: two
 * statements a second while something takes long, none otherwise.
 */
@Injectable()
export class CancelWatch {
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(
    private readonly underWay: AttemptsUnderWay,
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Never rejects; never two looks at a time. */
  async look(now = Date.now()): Promise<void> {
    const old = [...this.underWay.all()].filter(({ takenAt, attempt }) => now - takenAt >= OLD_ENOUGH_MS && !attempt.isAborted);
    if (old.length === 0 || this.looking) return;
    this.looking = true;
    const commands = old.map(({ delivered }) => delivered.command);
    try {
      const { rows } = await this.pool.query<{ attempt_id: string }>({
        name: 'find-cancelled',
        text: FIND_CANCELLED,
        values: [commands.map(({ id }) => id), commands.map(({ run_id }) => run_id), commands.map((one) => one.scheduled_at)],
      });
      for (const { attempt_id } of rows)
        this.underWay.find(attempt_id)?.attempt.abort(new Cancelled('the run was cancelled or is over'));
    } catch (error) {
      this.logger.warn({ err: error, attempts: old.length }, 'it cannot be asked which runs are cancelled, trying again');
    } finally {
      this.looking = false;
    }
  }
}
