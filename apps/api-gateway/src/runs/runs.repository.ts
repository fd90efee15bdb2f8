import { Inject, Injectable } from '@nestjs/common';
import { toTypeId, type RunFact } from '@flows/contracts';
import { inWorkspace, readSql } from '@flows/postgres';
import type pg from 'pg';
import { APP_POOL } from '../database/database.tokens.js';
import { notFound, type ApiProblem } from '../http/api-problem.js';
import type { Total } from '../paging/page.js';
import { withCancelling } from './run-cancelling.js';
import { filterValues, withRunFilter, type RunFilter } from './run-filter.js';
import type { RunRow, WholeRunRow } from './run.view.js';
import { COUNTED_AHEAD, type QueueRow } from './waiting.view.js';

const LIST = withRunFilter(readSql(import.meta.url, './list-runs.sql'));
const COUNT = withRunFilter(readSql(import.meta.url, './count-runs.sql'));
const GET = withCancelling(readSql(import.meta.url, './get-run.sql'));
const HAS_CAUSED = readSql(import.meta.url, './has-caused.sql');
const EXPLAIN_ADMISSION = readSql(import.meta.url, './explain-admission.sql');
const FACTS = readSql(import.meta.url, './get-run-facts.sql');
const HEADS = readSql(import.meta.url, './load-workflow-heads.sql');
const SEQ = readSql(import.meta.url, './get-run-seq.sql');
/** Up to here lists count exactly; past it the planner's estimate is good enough. */
const COUNTED = 10_000;

export type ListedRunRow = RunRow & { created_key: string };

interface FactRow {
  seq: number;
  type: string;
  at: number;
  step_id: string | null;
  data: object;
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
      const values = filterValues(workspaceId, filter);
      const { rows } = await client.query<ListedRunRow>(LIST, [...values, after?.[0] ?? null, after?.[1] ?? null, limit]);
      return { rows, total: await count(client, values) };
    });
  }

  /** @throws ApiProblem `not_found` */
  async requireWorkflow(workspaceId: string, workflowId: string): Promise<void> {
    const { rowCount } = await inWorkspace(this.pool, workspaceId, (client) => client.query(HEADS, [workspaceId, [workflowId]]));
    if (rowCount === 0) throw notFound(`Workflow ${toTypeId('wf', workflowId)}`);
  }

  /** @param within reads inside the caller's transaction. @throws ApiProblem `not_found` */
  async load(workspaceId: string, runId: string, within?: pg.ClientBase): Promise<WholeRunRow> {
    const find = (client: pg.ClientBase) => this.findIn(client, workspaceId, runId);
    const row = await (within === undefined ? inWorkspace(this.pool, workspaceId, find) : find(within));
    if (row === null) throw noRun(runId);
    return row;
  }

  /** Inside the caller's transaction. Null when the workspace has no such run. */
  async findIn(client: pg.ClientBase, workspaceId: string, runId: string): Promise<WholeRunRow | null> {
    const { rows } = await client.query<WholeRunRow & { not_admitted: boolean }>({
      name: 'get-run',
      text: GET,
      values: [workspaceId, runId],
    });
    const [row] = rows;
    if (row === undefined) return null;
    return row.not_admitted ? { ...row, queue: await explainAdmission(client, workspaceId, runId) } : row;
  }

  /** Whether an input has had an effect on a run whose last fact was `afterSeq` before. @param within reads inside the caller's transaction. */
  hasCaused(workspaceId: string, runId: string, afterSeq: number, inputId: string, within?: pg.ClientBase): Promise<boolean> {
    const find = async (client: pg.ClientBase) =>
      (await client.query(HAS_CAUSED, [workspaceId, runId, afterSeq, inputId])).rowCount === 1;
    return within === undefined ? inWorkspace(this.pool, workspaceId, find) : find(within);
  }

  /** The first `count` facts, inside the caller's transaction. */
  loadFactsIn(client: pg.ClientBase, workspaceId: string, runId: string, count: number): Promise<RunFact[]> {
    return readFacts(client, workspaceId, runId, 0, count);
  }

  /** Facts with a number above `afterSeq`, and how many there are in all. @throws ApiProblem `not_found` */
  loadFacts(workspaceId: string, runId: string, afterSeq: number, limit: number): Promise<{ facts: RunFact[]; total: number }> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      // Numbers are dense, so the row's own seq is the count.
      const { rows } = await client.query<{ seq: number }>(SEQ, [workspaceId, runId]);
      if (rows[0] === undefined) throw noRun(runId);
      return { facts: await readFacts(client, workspaceId, runId, afterSeq, limit), total: rows[0].seq };
    });
  }
}

/** Null when the run has been admitted meanwhile. */
async function explainAdmission(client: pg.ClientBase, workspaceId: string, runId: string): Promise<QueueRow | null> {
  const values = [workspaceId, runId, COUNTED_AHEAD + 1];
  const { rows } = await client.query<QueueRow>({ name: 'explain-admission', text: EXPLAIN_ADMISSION, values });
  return rows[0] ?? null;
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
