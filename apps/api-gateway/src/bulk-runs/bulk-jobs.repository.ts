import { Inject, Injectable } from '@nestjs/common';
import { toTypeId } from '@flows/contracts';
import { inWorkspace, readSql } from '@flows/postgres';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { APP_POOL, ENGINE_POOL } from '../database/database.tokens.js';
import { notFound } from '../http/api-problem.js';
import { filterValues, toRunFilter, withRunFilter, type RunFilter } from '../runs/run-filter.js';
import type { BulkAction, BulkCursor, BulkJobRow, BulkOptions, BulkRefusal, ClaimedJob } from './bulk-job.js';
import type { RunFilterFields } from '../runs/run.dto.js';

const INSERT = withRunFilter(readSql(import.meta.url, './insert-bulk-job.sql'));
const GET = readSql(import.meta.url, './get-bulk-job.sql');
const LIST = readSql(import.meta.url, './list-bulk-jobs.sql');
const COUNT = readSql(import.meta.url, './count-bulk-jobs.sql');
const STOP = readSql(import.meta.url, './stop-bulk-job.sql');
const CLAIM = readSql(import.meta.url, './claim-bulk-job.sql');
const ADVANCE = readSql(import.meta.url, './advance-bulk-job.sql');
const NOTE_PAGE = readSql(import.meta.url, './note-bulk-page.sql');
const POSTPONE = readSql(import.meta.url, './postpone-bulk-job.sql');
/** Counting what a filter finds may take longer than other statements of requests. */
const COUNTING_MS = 30_000;

export interface NewJob {
  action: BulkAction;
  filter: RunFilterFields;
  options: BulkOptions;
  actor: string;
}
/** What came of a page. */
export interface PageOutcome {
  done: number;
  refusals: BulkRefusal[];
  /** The last run of the page; null when it was empty. */
  after: BulkCursor['after'];
  isLast: boolean;
}

/** Bulk jobs: made and read by requests of their workspace, worked on across workspaces. */
@Injectable()
export class BulkJobsRepository {
  constructor(
    @Inject(APP_POOL) private readonly pool: pg.Pool,
    @Inject(ENGINE_POOL) private readonly enginePool: pg.Pool,
  ) {}

  /** Inside the caller's transaction. */
  async insert(client: pg.ClientBase, workspaceId: string, { action, filter, options, actor }: NewJob): Promise<BulkJobRow> {
    await client.query("select set_config('statement_timeout', $1, true)", [String(COUNTING_MS)]);
    const values = filterValues(workspaceId, jobFilter({ filter, options }));
    const job = [uuid(), action, JSON.stringify(filter), JSON.stringify(options), actor];
    const { rows } = await client.query<BulkJobRow>(INSERT, [...values, ...job]);
    if (rows[0] === undefined) throw new Error('An inserted job is not returned');
    return rows[0];
  }

  /** @throws ApiProblem `not_found` */
  get(workspaceId: string, id: string): Promise<BulkJobRow> {
    return inWorkspace(this.pool, workspaceId, (client) => load(client, workspaceId, id));
  }

  list(workspaceId: string, after: string | null, limit: number): Promise<{ rows: BulkJobRow[]; total: number }> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      const { rows } = await client.query<BulkJobRow>(LIST, [workspaceId, after, limit]);
      const { rows: counts } = await client.query<{ total: number }>(COUNT, [workspaceId]);
      return { rows, total: counts[0]?.total ?? 0 };
    });
  }

  /** Inside the caller's transaction. Idempotent; a job that has ended stays as it is. @throws ApiProblem `not_found` */
  async stop(client: pg.ClientBase, workspaceId: string, id: string): Promise<BulkJobRow> {
    await client.query(STOP, [workspaceId, id]);
    return load(client, workspaceId, id);
  }

  /** A running job that nobody works on, claimed for `leaseMs`; null when there is none. */
  async claim(leaseMs: number): Promise<ClaimedJob | null> {
    return (await this.enginePool.query<ClaimedJob>(CLAIM, [leaseMs])).rows[0] ?? null;
  }

  /** @returns false when somebody else has claimed the job since. */
  async notePage({ id, claim, cursor }: ClaimedJob, page: readonly string[]): Promise<boolean> {
    const noted: BulkCursor = { after: cursor?.after ?? null, page };
    return (await this.enginePool.query(NOTE_PAGE, [id, claim, JSON.stringify(noted)])).rowCount === 1;
  }

  /** Notes what came of a page and gives the job back. @returns false when somebody else has claimed it since: then they do the page again. */
  async advance({ id, claim }: ClaimedJob, { done, refusals, after, isLast }: PageOutcome): Promise<boolean> {
    const cursor = after === null ? null : JSON.stringify({ after, page: null } satisfies BulkCursor);
    const values = [id, claim, done, refusals.length, JSON.stringify(refusals.slice(-20)), cursor, isLast];
    return (await this.enginePool.query(ADVANCE, values)).rowCount === 1;
  }

  async postpone({ id, claim }: ClaimedJob, forMs: number): Promise<void> {
    await this.enginePool.query(POSTPONE, [id, claim, forMs]);
  }
}

export function jobFilter({ filter, options }: Pick<BulkJobRow, 'filter' | 'options'>): RunFilter {
  return { ...toRunFilter(filter), withItems: options.with_items ?? false };
}

async function load(client: pg.ClientBase, workspaceId: string, id: string): Promise<BulkJobRow> {
  const { rows } = await client.query<BulkJobRow>(GET, [workspaceId, id]);
  if (rows[0] === undefined) throw notFound(`Bulk job ${toTypeId('blk', id)}`);
  return rows[0];
}
