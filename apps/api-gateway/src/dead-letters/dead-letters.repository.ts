import { Inject, Injectable } from '@nestjs/common';
import { inWorkspace, readSql } from '@flows/postgres';
import type pg from 'pg';
import { APP_POOL, ENGINE_POOL } from '../database/database.tokens.js';
import type { Total } from '../paging/page.js';

const LIST = readSql(import.meta.url, './list-dead-letters.sql');
const COUNT = readSql(import.meta.url, './count-dead-letters.sql');
const COUNTED = 10_000;

export interface DeadLetterRow {
  topic: string;
  partition: number;
  offset: number;
  workspace_id: string | null;
  key: string | null;
  value: Buffer | null;
  headers: Record<string, string>;
  error_code: string;
  error: string;
  at: Date;
  at_key: string;
}

/** Messages that could not be processed; written by the consumers. */
@Injectable()
export class DeadLettersRepository {
  constructor(
    @Inject(APP_POOL) private readonly appPool: pg.Pool,
    @Inject(ENGINE_POOL) private readonly enginePool: pg.Pool,
  ) {}

  /** @param workspaceId null: those of all workspaces and of none, for the installation's administrator only. */
  async list(
    workspaceId: string | null,
    after: readonly string[] | null,
    limit: number,
  ): Promise<{ rows: DeadLetterRow[]; total: Total }> {
    if (workspaceId === null) return read(this.enginePool, null, after, limit);
    return inWorkspace(this.appPool, workspaceId, (client) => read(client, workspaceId, after, limit));
  }
}

async function read(client: pg.ClientBase | pg.Pool, workspaceId: string | null, after: readonly string[] | null, limit: number) {
  const [at, topic, partition, offset] = after ?? [];
  const { rows } = await client.query<DeadLetterRow>(LIST, [
    workspaceId,
    at ?? null,
    topic ?? null,
    partition ?? null,
    offset ?? null,
    limit,
  ]);
  const total = (await client.query<{ total: number }>(COUNT, [workspaceId])).rows[0]?.total ?? 0;
  return { rows, total: { total: Math.min(total, COUNTED), isEstimate: total > COUNTED } };
}
