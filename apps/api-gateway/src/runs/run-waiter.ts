import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { RunStatus, WaitingFor } from '@flows/contracts';
import { readSql } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import { ENGINE_POOL } from '../database/database.tokens.js';
import { RowWaiter } from './row-waiter.js';

const FIND_ENDED = readSql(import.meta.url, './find-ended-runs.sql');
const FIND_HEADS = readSql(import.meta.url, './find-run-heads.sql');

/** What a row says of its run's state. */
export interface RunHead {
  id: string;
  status: RunStatus;
  waiting_for: WaitingFor | null;
  /** Number of the last fact. */
  seq: number;
}

/** Waits for runs: to end, or to follow a control. The caller must have the right to know the run: this looks across workspaces. */
@Injectable()
export class RunWaiter implements OnModuleDestroy {
  private readonly ends: RowWaiter<{ id: string }>;
  private readonly heads: RowWaiter<RunHead>;

  constructor(@Inject(ENGINE_POOL) pool: pg.Pool, @Inject(SERVICE_LOGGER) logger: Logger) {
    const warn = (error: unknown): void => logger.warn({ err: error }, 'could not look for runs; looking again');
    const find =
      <Row extends pg.QueryResultRow>(name: string, text: string) =>
      async (ids: string[]): Promise<Row[]> =>
        (await pool.query<Row>({ name, text, values: [ids] })).rows;
    this.ends = new RowWaiter(find<{ id: string }>('find-ended-runs', FIND_ENDED), warn);
    this.heads = new RowWaiter(find<RunHead>('find-run-heads', FIND_HEADS), warn);
  }

  /** @returns whether the run has ended in time. */
  waitForEnd(runId: string, forMs: number): Promise<boolean> {
    return this.ends.wait(runId, () => true, forMs);
  }

  /** @returns whether `holds` was true of the run in time. */
  waitFor(runId: string, holds: (head: RunHead) => boolean, forMs: number): Promise<boolean> {
    return this.heads.wait(runId, holds, forMs);
  }

  /** Before the server closes: those who wait get the run as it is. */
  onModuleDestroy(): void {
    this.ends.stop();
    this.heads.stop();
  }
}
