import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { fromTypeId, type JsonValue } from '@flows/contracts';
import type { FlowPlan } from '@flows/flow-graph';
import { readSql } from '@flows/postgres';
import { ENGINE_POOL } from '../orchestrator.tokens.js';
import { PlanCache, planKey, type LoadedVersion } from '../plans/plan.cache.js';

const FIND = readSql(import.meta.url, './sql/find-child-workflows.sql');

/** A workflow that a flow step names, and the payload that its child is to get. */
export interface NamedWorkflow {
  workspaceId: string;
  /** `wf_…`, or a name. */
  ref: string;
  payload: JsonValue;
}
export type FoundWorkflow =
  { ok: true; workflowId: string; version: number; plan: FlowPlan } | { ok: false; code: string; message: string };

/** Finds what flow steps name: the current version of an active workflow of the same workspace, whose schema allows the payload. */
@Injectable()
export class ChildWorkflows {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    private readonly plans: PlanCache,
  ) {}

  /** In the order asked. */
  async find(wanted: readonly NamedWorkflow[]): Promise<FoundWorkflow[]> {
    if (wanted.length === 0) return [];
    const values = [
      wanted.map((one) => one.workspaceId),
      wanted.map(({ ref }) => ref),
      wanted.map(({ ref }) => fromTypeId('wf', ref)),
    ];
    const { rows } = await this.pool.query<WorkflowRow>({ name: 'find-child-workflows', text: FIND, values });
    const byRef = new Map(rows.map((row) => [`${row.workspace_id} ${row.ref}`, row]));
    const versions = await this.plans.load(
      rows.flatMap(({ id, version }) => (version === null ? [] : [{ workflowId: id, version }])),
    );
    return wanted.map((one) => this.judge(one, byRef.get(`${one.workspaceId} ${one.ref}`), versions));
  }

  private judge(
    { ref, payload }: NamedWorkflow,
    row: WorkflowRow | undefined,
    versions: Map<string, LoadedVersion>,
  ): FoundWorkflow {
    if (row === undefined) return refuse('workflow_unknown', `The workspace has no workflow "${ref}"`);
    if (row.status !== 'active' || row.version === null) {
      const remedy = row.version === null ? 'publish a version of it' : 'activate it';
      return refuse('workflow_not_active', `The workflow "${ref}" is ${row.status}: ${remedy}`);
    }
    const key = { workflowId: row.id, version: row.version };
    const version = versions.get(planKey(key));
    if (version === undefined)
      return refuse('workflow_not_active', `Version ${row.version} of the workflow "${ref}" does not compile`);
    const problem = version.checkPayload(payload);
    if (problem !== null) return refuse(problem.code, `The payload for "${ref}", ${problem.pointer}: ${problem.message}`);
    return { ok: true, ...key, plan: version.plan };
  }
}

interface WorkflowRow {
  ref: string;
  workspace_id: string;
  id: string;
  status: string;
  version: number | null;
}

function refuse(code: string, message: string): FoundWorkflow {
  return { ok: false, code, message };
}
