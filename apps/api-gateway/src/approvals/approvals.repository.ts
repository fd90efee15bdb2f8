import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { inWorkspace, readSql } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import { APP_POOL, ENGINE_POOL } from '../database/database.tokens.js';
import type { Total } from '../paging/page.js';
import { RowWaiter } from '../runs/row-waiter.js';
import type { ApprovalRow, ApprovalStatus } from './approval.view.js';

const LIST = readSql(import.meta.url, './list-approvals.sql');
const COUNT = readSql(import.meta.url, './count-approvals.sql');
const FIND = readSql(import.meta.url, './find-approval.sql');
const FIND_DECIDED = readSql(import.meta.url, './find-decided-approvals.sql');
const COUNTED = 10_000;

export interface ApprovalFilter {
  statuses: readonly ApprovalStatus[];
  assignee: string | null;
  workflowId: string | null;
  runId: string | null;
}

/** The inbox. Written by the orchestrator only, from what the runs decide. */
@Injectable()
export class ApprovalsRepository implements OnModuleDestroy {
  private readonly decided: RowWaiter<{ id: string }>;

  constructor(
    @Inject(APP_POOL) private readonly pool: pg.Pool,
    @Inject(ENGINE_POOL) enginePool: pg.Pool,
    @Inject(SERVICE_LOGGER) logger: Logger,
  ) {
    this.decided = new RowWaiter(
      async (ids) => (await enginePool.query<{ id: string }>(FIND_DECIDED, [ids])).rows,
      (error) => logger.warn({ err: error }, 'could not look for decided approvals; looking again'),
    );
  }

  onModuleDestroy(): void {
    this.decided.stop();
  }

  list(
    workspaceId: string,
    { statuses, assignee, workflowId, runId }: ApprovalFilter,
    after: readonly string[] | null,
    limit: number,
  ): Promise<{ rows: (ApprovalRow & { requested_key: string })[]; total: Total }> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      const values = [workspaceId, statuses, assignee, workflowId, runId];
      const { rows } = await client.query<ApprovalRow & { requested_key: string }>(LIST, [
        ...values,
        after?.[0] ?? null,
        after?.[1] ?? null,
        limit,
      ]);
      const total = (await client.query<{ total: number }>(COUNT, values)).rows[0]?.total ?? 0;
      return { rows, total: { total: Math.min(total, COUNTED), isEstimate: total > COUNTED } };
    });
  }

  /** @param within reads inside the caller's transaction. @returns null when the step run never asked for one. */
  async find(workspaceId: string, runId: string, stepRunId: string, within?: pg.ClientBase): Promise<ApprovalRow | null> {
    const values = [workspaceId, runId, stepRunId];
    const find = (client: pg.ClientBase) => client.query<ApprovalRow>({ name: 'find-approval', text: FIND, values });
    const { rows } = await (within === undefined ? inWorkspace(this.pool, workspaceId, find) : find(within));
    return rows[0] ?? null;
  }

  /** @returns whether it was decided in time. The caller must have the right to know it: this looks across workspaces. */
  waitForDecision(id: string, forMs: number): Promise<boolean> {
    return this.decided.wait(id, () => true, forMs);
  }
}
