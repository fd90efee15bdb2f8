import { Injectable } from '@nestjs/common';
import type { FlowDefinition } from '@flows/contracts';
import { compileFlow, type FlowPlan } from '@flows/flow-graph';
import { readSql } from '@flows/postgres';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';

const LOAD = readSql(import.meta.url, './load-run-definition.sql');
const CACHED_PLANS = 100;

/** Plans of the versions that runs are pinned to, archived ones too. Such a version never changes, so its plan is made once. */
@Injectable()
export class RunPlans {
  private readonly plans = new LRUCache<string, FlowPlan>({ max: CACHED_PLANS });

  /** @throws Error when a version that has runs is not there, or does not compile: both are bugs. */
  async load(client: pg.ClientBase, workspaceId: string, workflowId: string, version: number): Promise<FlowPlan> {
    const key = `${workflowId}/${version}`;
    const known = this.plans.get(key);
    if (known !== undefined) return known;
    const { rows } = await client.query<{ definition: FlowDefinition }>(LOAD, [workspaceId, workflowId, version]);
    if (rows[0] === undefined) throw new Error(`Version ${version} of workflow ${workflowId} has runs and does not exist`);
    const flow = compileFlow(rows[0].definition);
    if (!flow.ok) throw new Error(`A version that has runs does not compile: ${JSON.stringify(flow.problems.slice(0, 3))}`);
    this.plans.set(key, flow.plan);
    return flow.plan;
  }
}
