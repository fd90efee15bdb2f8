import { parseDurationMs } from '@flows/contracts';
import { compileFlow } from '@flows/flow-graph';
import type { JsonSchema } from '@flows/json-schema';
import { readSql } from '@flows/postgres';
import type { LaneTerms } from '@flows/trigger-rules';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { compilePayloadCheck, type PayloadCheck } from '@flows/json-schema';

const FIND = readSql(import.meta.url, './find-workflows.sql');
const LOAD_TERMS = readSql(import.meta.url, './load-run-terms.sql');
const DEFAULT_TIMEOUT_MS = 30 * 86_400_000;
const CACHED_VERSIONS = 5_000;

/** What a new run of a version needs to know; immutable, as a published version is. */
export interface RunTerms {
  timeoutMs: number;
  checkPayload: PayloadCheck;
  priority: number;
  /** Where its runs queue when the workflow limits its concurrency. */
  laneTerms: LaneTerms;
}
export type StartableWorkflow = { startable: true; version: number; terms: RunTerms } | { startable: false; reason: string };

interface WorkflowRecord {
  id: string;
  name: string;
  status: string;
  current_version: number | null;
}
interface TermsRecord {
  workflow_id: string;
  number: number;
  input_schema: JsonSchema | null;
  timeout: string | null;
  priority: number;
  limited: unknown;
}

/** Which version of a workflow a new run takes, and its terms. Status and version are read for every batch; terms are remembered. */
export class WorkflowCatalogue {
  private readonly terms = new LRUCache<string, RunTerms>({ max: CACHED_VERSIONS });

  constructor(private readonly pool: pg.Pool) {}

  /** By workflow id; one that does not exist is not in the answer. */
  async find(ids: ReadonlySet<string>): Promise<Map<string, StartableWorkflow>> {
    const found = new Map<string, StartableWorkflow>();
    if (ids.size === 0) return found;
    const { rows } = await this.pool.query<WorkflowRecord>({ name: 'find-workflows', text: FIND, values: [[...ids]] });
    const terms = await this.termsOf(rows);
    for (const workflow of rows) found.set(workflow.id, toStartable(workflow, terms));
    return found;
  }

  private async termsOf(workflows: readonly WorkflowRecord[]): Promise<Map<string, RunTerms>> {
    const terms = new Map<string, RunTerms>();
    const missing: WorkflowRecord[] = [];
    for (const workflow of workflows) {
      const cached = this.terms.get(keyOf(workflow.id, workflow.current_version));
      if (cached !== undefined) terms.set(workflow.id, cached);
      else if (workflow.current_version !== null) missing.push(workflow);
    }
    if (missing.length === 0) return terms;
    const values = [missing.map(({ id }) => id), missing.map((workflow) => workflow.current_version)];
    const { rows } = await this.pool.query<TermsRecord>({ name: 'load-run-terms', text: LOAD_TERMS, values });
    for (const row of rows) {
      const loaded = {
        timeoutMs: (row.timeout === null ? null : parseDurationMs(row.timeout)) ?? DEFAULT_TIMEOUT_MS,
        checkPayload: compilePayloadCheck(row.input_schema),
        priority: row.priority,
        laneTerms: laneTermsOf(row.limited),
      };
      this.terms.set(keyOf(row.workflow_id, row.number), loaded);
      terms.set(row.workflow_id, loaded);
    }
    return terms;
  }
}

const NO_LIMIT: LaneTerms = { concurrency: null, inputs: {} };

/** @throws Error when a version that was published does not compile: then our compilers disagree, which is a bug. */
function laneTermsOf(limited: unknown): LaneTerms {
  if (limited === null) return NO_LIMIT;
  const flow = compileFlow(limited);
  if (!flow.ok) throw new Error(`A published version does not compile: ${JSON.stringify(flow.problems.slice(0, 3))}`);
  const { concurrency, inputs } = flow.plan;
  return { concurrency, inputs };
}

const keyOf = (workflowId: string, version: number | null): string => `${workflowId}@${version}`;

function toStartable(workflow: WorkflowRecord, terms: ReadonlyMap<string, RunTerms>): StartableWorkflow {
  const refuse = (reason: string): StartableWorkflow => ({ startable: false, reason });
  if (workflow.status !== 'active') return refuse(`The workflow "${workflow.name}" is ${workflow.status}`);
  if (workflow.current_version === null) return refuse(`The workflow "${workflow.name}" has no published version`);
  const found = terms.get(workflow.id);
  if (found === undefined) return refuse(`Version ${workflow.current_version} of the workflow "${workflow.name}" does not exist`);
  return { startable: true, version: workflow.current_version, terms: found };
}
