import { Injectable } from '@nestjs/common';
import type { FlowDefinition } from '@flows/contracts';
import { compileFlow, type FlowPlan } from '@flows/flow-graph';
import { compileUserSchema, type ValueCheck } from '@flows/json-schema';
import { readSql } from '@flows/postgres';
import type { LaneTerms } from '@flows/trigger-rules';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';

const LOAD = readSql(import.meta.url, './load-startable-version.sql');
const ANYTHING: ValueCheck = () => [];
const CACHED_VERSIONS = 1_000;

/** What accepting a run needs to know of its version. */
export interface StartableVersion {
  readonly checkPayload: ValueCheck;
  /** Of a whole run. */
  readonly timeoutMs: number;
  readonly priority: number;
  /** Where its runs queue when the workflow limits its concurrency. */
  readonly laneTerms: LaneTerms;
}

/**
 * Published versions by (workflow, number), compiled once: a published definition never changes.
 * Whether the version may still start runs is asked of the database each time by the caller; see `RunIntake`.
 */
@Injectable()
export class StartableVersions {
  private readonly compiled = new LRUCache<string, StartableVersion>({ max: CACHED_VERSIONS });

  /** @returns null when the workflow has no published version of this number. */
  async find(client: pg.ClientBase, workspaceId: string, workflowId: string, number: number): Promise<StartableVersion | null> {
    const key = `${workflowId}/${number}`;
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const { rows } = await client.query<{ definition: FlowDefinition }>(LOAD, [workspaceId, workflowId, number]);
    if (rows[0] === undefined) return null;
    const version = compile(rows[0].definition);
    this.compiled.set(key, version);
    return version;
  }
}

/** @throws Error when a version that was published does not compile: then our compilers disagree, which is a bug. */
function compile(definition: FlowDefinition): StartableVersion {
  const flow = compileFlow(definition);
  if (!flow.ok) throw new Error(`A published version does not compile: ${JSON.stringify(flow.problems.slice(0, 3))}`);
  const terms = termsOf(flow.plan);
  if (definition.input_schema === undefined) return { checkPayload: ANYTHING, ...terms };
  const schema = compileUserSchema(definition.input_schema, '#/input_schema');
  if (!schema.ok)
    throw new Error(`The input schema of a published version does not compile: ${JSON.stringify(schema.problems.slice(0, 3))}`);
  return { checkPayload: schema.check, ...terms };
}

/** Not the plan itself, which is large. */
function termsOf({ timeoutMs, priority, concurrency, inputs }: FlowPlan): Omit<StartableVersion, 'checkPayload'> {
  return { timeoutMs, priority, laneTerms: { concurrency, inputs } };
}
