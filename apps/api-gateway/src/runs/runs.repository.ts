import { Inject, Injectable } from '@nestjs/common';
import { toTypeId, type RunFact, type RunStatus, type StepDefinition } from '@flows/contracts';
import { inWorkspace, readSql } from '@flows/postgres';
import type pg from 'pg';
import { APP_POOL } from '../database/database.tokens.js';
import { notFound, type ApiProblem } from '../http/api-problem.js';
import type { Total } from '../paging/page.js';
import type { RunRow, WholeRunRow } from './run.view.js';

const LIST = readSql(import.meta.url, './list-runs.sql');
const COUNT = readSql(import.meta.url, './count-runs.sql');
const GET = readSql(import.meta.url, './get-run.sql');
const FACTS = readSql(import.meta.url, './get-run-facts.sql');
const HEADS = readSql(import.meta.url, './load-workflow-heads.sql');
const STEPS = readSql(import.meta.url, './get-run-steps.sql');
/** Up to here lists count exactly; past it the planner's estimate is good enough. */
const COUNTED = 10_000;
const ALL_FACTS = 1_000_000;

export interface RunFilter {
  workflowId: string | null;
  version: number | null;
  statuses: readonly RunStatus[] | null;
  triggerType: string | null;
  triggerId: string | null;
  createdAfter: string | null;
  createdBefore: string | null;
}
export type ListedRunRow = RunRow & { created_key: string };

interface FactRow {
  seq: number;
  type: string;
  at: number;
  step_id: string | null;
  data: object;
}
export interface RunHistory {
  facts: RunFact[];
  steps: StepDefinition[];
}

/** Runs as their rows and facts tell them. Reads only: runs are written by the orchestrator. */
@Injectable()
export class RunsRepository {
  constructor(@Inject(APP_POOL) private readonly pool: pg.Pool) {}

  list(
    workspaceId: string,
    filter: RunFilter,
    after: readonly string[] | null,
    limit: number,
  ): Promise<{ rows: ListedRunRow[]; total: Total }> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      const values = [
        workspaceId,
        filter.workflowId,
        filter.version,
        filter.statuses,
        filter.triggerType,
        filter.triggerId,
        filter.createdAfter,
        filter.createdBefore,
      ];
      const { rows } = await client.query<ListedRunRow>(LIST, [...values, after?.[0] ?? null, after?.[1] ?? null, limit]);
      return { rows, total: await count(client, values) };
    });
  }

  /** @throws ApiProblem `not_found` */
  async requireWorkflow(workspaceId: string, workflowId: string): Promise<void> {
    const { rowCount } = await inWorkspace(this.pool, workspaceId, (client) => client.query(HEADS, [workspaceId, [workflowId]]));
    if (rowCount === 0) throw notFound(`Workflow ${toTypeId('wf', workflowId)}`);
  }

  /** @throws ApiProblem `not_found` */
  load(workspaceId: string, runId: string): Promise<WholeRunRow> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      const { rows } = await client.query<WholeRunRow>({ name: 'get-run', text: GET, values: [workspaceId, runId] });
      if (rows[0] === undefined) throw noRun(runId);
      return rows[0];
    });
  }

  /** All facts, and the steps of the run's version. @throws ApiProblem `not_found` */
  loadHistory(workspaceId: string, runId: string): Promise<RunHistory> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      const { rows } = await client.query<{ steps: StepDefinition[] | null }>(STEPS, [workspaceId, runId]);
      if (rows[0] === undefined) throw noRun(runId);
      return { facts: await readFacts(client, workspaceId, runId, 0, ALL_FACTS), steps: rows[0].steps ?? [] };
    });
  }

  /** Facts with a number above `afterSeq`, and how many there are in all. @throws ApiProblem `not_found` */
  loadFacts(workspaceId: string, runId: string, afterSeq: number, limit: number): Promise<{ facts: RunFact[]; total: number }> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      // Numbers are dense, so the row's own seq is the count.
      const { rows } = await client.query<{ seq: number }>(STEPS, [workspaceId, runId]);
      if (rows[0] === undefined) throw noRun(runId);
      return { facts: await readFacts(client, workspaceId, runId, afterSeq, limit), total: rows[0].seq };
    });
  }
}

async function readFacts(
  client: pg.ClientBase,
  workspaceId: string,
  runId: string,
  afterSeq: number,
  limit: number,
): Promise<RunFact[]> {
  const { rows } = await client.query<FactRow>({
    name: 'get-run-facts',
    text: FACTS,
    values: [workspaceId, runId, afterSeq, limit],
  });
  return rows.map((row) => ({ ...row, step_id: row.step_id ?? undefined }) as RunFact);
}

async function count(client: pg.ClientBase, values: readonly unknown[]): Promise<Total> {
  const { rows } = await client.query<{ total: number }>(COUNT, [...values]);
  const total = rows[0]?.total ?? 0;
  if (total <= COUNTED) return { total, isEstimate: false };
  const plan = await client.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(`explain (format json) ${LIST}`, [
    ...values,
    null,
    null,
    null,
  ]);
  return { total: Math.max(COUNTED + 1, plan.rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0), isEstimate: true };
}

function noRun(runId: string): ApiProblem {
  return notFound(`Run ${toTypeId('run', runId)}`);
}
