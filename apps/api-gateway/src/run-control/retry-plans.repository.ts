import { Inject, Injectable } from '@nestjs/common';
import { toTypeId, type RunFact, type StepCost } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { inWorkspace, readSql } from '@flows/postgres';
import { fold, initialState, type LedgerEffect, type RetryRecord, type RunState } from '@flows/run-machine';
import type pg from 'pg';
import { APP_POOL } from '../database/database.tokens.js';
import { notFound } from '../http/api-problem.js';
import type { WholeRunRow } from '../runs/run.view.js';
import { RunsRepository } from '../runs/runs.repository.js';
import { RunPlans } from './run-plans.js';

const EFFECTS = readSql(import.meta.url, './load-run-effects.sql');

/** An ended run with all that a retry plan is made from. */
export interface RetriedRun {
  row: WholeRunRow;
  plan: FlowPlan;
  state: RunState;
  record: RetryRecord;
}

interface EffectRow {
  step_id: string;
  idempotency_key: string;
  state: LedgerEffect['state'];
  keyed: boolean;
}

@Injectable()
export class RetryPlansRepository {
  constructor(
    @Inject(APP_POOL) private readonly pool: pg.Pool,
    private readonly runs: RunsRepository,
    private readonly plans: RunPlans,
  ) {}

  /** @param within reads inside the caller's transaction. @throws ApiProblem `not_found` */
  load(workspaceId: string, runId: string, within?: pg.ClientBase): Promise<RetriedRun> {
    const load = async (client: pg.ClientBase): Promise<RetriedRun> => {
      const row = await this.runs.findIn(client, workspaceId, runId);
      if (row === null) throw notFound(`Run ${toTypeId('run', runId)}`);
      const plan = await this.plans.load(client, workspaceId, row.workflow_id, row.version);
      const facts = await this.runs.loadFactsIn(client, workspaceId, runId, row.seq ?? 0);
      const { rows } = await client.query<EffectRow>(EFFECTS, [workspaceId, runId]);
      const effects = rows.map(({ step_id, idempotency_key, state, keyed }) => ({
        stepId: step_id,
        idempotencyKey: idempotency_key,
        state,
        keyed,
      }));
      return { row, plan, state: foldRow(workspaceId, row, facts), record: { effects, costs: costsOf(facts) } };
    };
    return within === undefined ? inWorkspace(this.pool, workspaceId, load) : load(within);
  }
}

function foldRow(workspaceId: string, row: WholeRunRow, facts: readonly RunFact[]): RunState {
  const { payload, version } = row;
  // What started the run changes nothing in which steps begin anew.
  const trigger = { type: row.trigger.type };
  const createdAt = row.created_at.getTime();
  return fold(
    initialState({ runId: row.id, workspaceId, workflowId: row.workflow_id, version, payload, trigger, createdAt }),
    facts,
  );
}

/** What each step has cost in all its lives. */
function costsOf(facts: readonly RunFact[]): Map<string, StepCost> {
  const costs = new Map<string, StepCost>();
  /** Steps whose cost an approval has told already: their completion tells it again. */
  const held = new Set<string>();
  for (const fact of facts) {
    if (fact.type !== 'step.completed' && fact.type !== 'step.awaiting_approval' && fact.type !== 'step.child_ended') continue;
    const { cost } = fact.data;
    const told = fact.type === 'step.completed' && held.delete(fact.step_id);
    if (cost === undefined || told) continue;
    if (fact.type === 'step.awaiting_approval') held.add(fact.step_id);
    const before = costs.get(fact.step_id);
    costs.set(fact.step_id, {
      currency: cost.currency,
      amount: cost.amount + (before?.amount ?? 0),
      tokens: cost.tokens + (before?.tokens ?? 0),
    });
  }
  return costs;
}
