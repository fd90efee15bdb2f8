import { Inject, Injectable } from '@nestjs/common';
import { toTypeId, type StepDefinition } from '@flows/contracts';
import { inWorkspace, readSql } from '@flows/postgres';
import type pg from 'pg';
import { APP_POOL } from '../database/database.tokens.js';
import { notFound } from '../http/api-problem.js';
import type { ProjectedRun } from './step-run.projection.js';
import type { ItemTally, TraceFact } from './trace-fact.js';

const RUN = readSql(import.meta.url, './get-traced-run.sql');
const FACTS = readSql(import.meta.url, './get-trace-facts.sql');
const TALLIES = readSql(import.meta.url, './tally-items.sql');
const ITEMS = readSql(import.meta.url, './list-item-runs.sql');
const COUNT_ITEM_STEPS = readSql(import.meta.url, './count-item-steps.sql');

/** A run with the facts that tell its steps. */
export interface RunTrace {
  run: ProjectedRun;
  facts: TraceFact[];
}
export interface ItemTraces {
  items: RunTrace[];
  /** No further item has begun. */
  isLast: boolean;
}
interface ItemRun {
  id: string;
  item_index: number;
}
type Steps = readonly StepDefinition[];

/** The facts of runs as traces show them. Reads only. */
@Injectable()
export class RunTracesRepository {
  constructor(@Inject(APP_POOL) private readonly pool: pg.Pool) {}

  /** Everything of one run. @throws ApiProblem `not_found` */
  load(workspaceId: string, runId: string): Promise<RunTrace> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      const { steps, item_index } = await loadRun(client, workspaceId, runId);
      const [trace] = await loadTraces(client, workspaceId, [{ id: runId, item_index }], steps);
      return trace ?? { run: { runId, steps }, facts: [] };
    });
  }

  /**
   * Items of a foreach step of a run, from one on, with their traces: as many as should have `wantedSteps` step runs, if each of them
   * went through its whole graph.
   * @throws ApiProblem `not_found` for the run; a step that is no foreach, or has not begun, has no items.
   */
  loadItems(workspaceId: string, runId: string, stepId: string, fromIndex: number, wantedSteps: number): Promise<ItemTraces> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      const body = bodyOf((await loadRun(client, workspaceId, runId)).steps, stepId);
      const limit = Math.ceil(wantedSteps / Math.max(1, body.length)) + 1;
      const { rows } = await client.query<ItemRun>(ITEMS, [workspaceId, runId, stepId, fromIndex, limit]);
      return { items: await loadTraces(client, workspaceId, rows, body), isLast: rows.length < limit };
    });
  }

  /** About how many step runs the items of a foreach step have: those that are not settled yet are not counted. */
  countItemSteps(workspaceId: string, runId: string, stepId: string): Promise<number> {
    return inWorkspace(this.pool, workspaceId, async (client) => {
      const { rows } = await client.query<{ total: number }>(COUNT_ITEM_STEPS, [workspaceId, runId, stepId]);
      return rows[0]?.total ?? 0;
    });
  }
}

/** A run, and the steps of the graph that it follows: of an item's run, the body of its foreach step. */
async function loadRun(
  client: pg.ClientBase,
  workspaceId: string,
  runId: string,
): Promise<{ steps: Steps; item_index: number | null }> {
  const { rows } = await client.query<{ item_index: number | null; body: string[] | null; steps: StepDefinition[] | null }>(RUN, [
    workspaceId,
    runId,
  ]);
  const [row] = rows;
  if (row === undefined) throw notFound(`Run ${toTypeId('run', runId)}`);
  return { item_index: row.item_index, steps: (row.body ?? []).reduce<Steps>(bodyOf, row.steps ?? []) };
}

function bodyOf(steps: Steps, stepId: string): Steps {
  const step = steps.find(({ id }) => id === stepId);
  return step?.type === 'foreach' ? (step.graph.steps as StepDefinition[]) : [];
}

async function loadTraces(
  client: pg.ClientBase,
  workspaceId: string,
  runs: readonly { id: string; item_index: number | null }[],
  steps: Steps,
): Promise<RunTrace[]> {
  const ids = runs.map(({ id }) => id);
  if (ids.length === 0) return [];
  const facts = Map.groupBy(
    (await client.query<TraceFact & { run_id: string }>({ name: 'get-trace-facts', text: FACTS, values: [workspaceId, ids] }))
      .rows,
    ({ run_id }) => run_id,
  );
  const loops = steps.some(({ type }) => type === 'foreach');
  const tallies = loops ? await tallyItems(client, workspaceId, ids) : new Map<string, Map<string, ItemTally>>();
  return runs.map(({ id, item_index: index }) => ({
    run: { runId: id, index, steps, tallies: tallies.get(id) ?? new Map<string, ItemTally>() },
    facts: (facts.get(id) ?? []).map((fact) => ({ ...fact, step_id: fact.step_id ?? undefined }) as TraceFact),
  }));
}

async function tallyItems(
  client: pg.ClientBase,
  workspaceId: string,
  runIds: string[],
): Promise<Map<string, Map<string, ItemTally>>> {
  const tallies = new Map<string, Map<string, ItemTally>>();
  const { rows } = await client.query<ItemTally & { run_id: string; step_id: string }>(TALLIES, [workspaceId, runIds]);
  for (const { run_id, step_id, done, failed } of rows) {
    const ofRun = tallies.get(run_id) ?? new Map<string, ItemTally>();
    tallies.set(run_id, ofRun.set(step_id, { done, failed }));
  }
  return tallies;
}
