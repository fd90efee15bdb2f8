import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { FlowDefinition, JsonValue } from '@flows/contracts';
import { compileFlow, type FlowPlan } from '@flows/flow-graph';
import { compilePayloadCheck, type PayloadCheck, type PayloadProblem } from '@flows/json-schema';
import { readSql } from '@flows/postgres';
import { ENGINE_POOL } from '../orchestrator.tokens.js';

const LOAD_DEFINITIONS = readSql(import.meta.url, './sql/load-definitions.sql');
const MAX_PLANS = 5_000;

export interface PlanKey {
  workflowId: string;
  version: number;
}
export const planKey = ({ workflowId, version }: PlanKey): string => `${workflowId}@${version}`;

/** A published version, ready to run. */
export class LoadedVersion {
  private check: PayloadCheck | undefined;

  constructor(
    readonly plan: FlowPlan,
    private readonly inputSchema: FlowDefinition['input_schema'],
  ) {}

  /** Null when the payload will do. The schema is compiled when it is first asked: only child runs are checked here. */
  checkPayload(payload: JsonValue): PayloadProblem | null {
    this.check ??= compilePayloadCheck(this.inputSchema ?? null);
    return this.check(payload);
  }
}

/** Compiled plans of published versions. These are immutable, so a plan never goes stale. */
@Injectable()
export class PlanCache {
  private readonly plans = new LRUCache<string, LoadedVersion>({ max: MAX_PLANS });

  constructor(@Inject(ENGINE_POOL) private readonly pool: pg.Pool) {}

  /** Versions by `planKey`; a version that does not exist or does not compile is absent. One query for all that are missing. */
  async load(keys: readonly PlanKey[]): Promise<Map<string, LoadedVersion>> {
    const found = new Map<string, LoadedVersion>();
    const missing = new Map<string, PlanKey>();
    for (const key of keys) {
      const plan = this.plans.get(planKey(key));
      if (plan === undefined) missing.set(planKey(key), key);
      else found.set(planKey(key), plan);
    }
    if (missing.size === 0) return found;
    const wanted = [...missing.values()];
    const rows = await this.pool.query<{ workflow_id: string; number: number; definition: FlowDefinition }>(LOAD_DEFINITIONS, [
      wanted.map((key) => key.workflowId),
      wanted.map((key) => key.version),
    ]);
    for (const row of rows.rows) {
      const compiled = compileFlow(row.definition);
      if (!compiled.ok) continue;
      const key = planKey({ workflowId: row.workflow_id, version: row.number });
      const version = new LoadedVersion(compiled.plan, row.definition.input_schema);
      this.plans.set(key, version);
      found.set(key, version);
    }
    return found;
  }
}
