import { Injectable, Inject } from '@nestjs/common';
import type pg from 'pg';
import type { RunInput, RunRequested, RunTrigger } from '@flows/contracts';
import { insertQueuedRuns, readSql, toRunRequested, type QueuedRun, type RunRequestRow } from '@flows/postgres';
import type { RunState, SpawnedRun } from '@flows/run-machine';
import { laneOf } from '@flows/trigger-rules';
import { ENGINE_POOL } from '../orchestrator.tokens.js';
import { refusedChild } from './child-messages.js';
import { ChildWorkflows, type FoundWorkflow } from './child-workflows.js';

const FIND_KNOWN = readSql(import.meta.url, './sql/find-child-runs.sql');

/** A child run to begin, with the run that begins it. */
export interface ChildToSpawn {
  run: SpawnedRun;
  parent: RunState;
  /** The root's time-out, for items; a flow's child has its own. */
  timeoutMs: number;
  traceparent: string | undefined;
}
export interface SpawnedInput {
  input: RunInput;
  traceparent: string | undefined;
}
export interface SpawnedChildren {
  inputs: SpawnedInput[];
  /** Those that could not begin: there is no run of theirs. */
  refused: Set<string>;
}
/** `admitted`: may begin, or has begun. */
type KnownChild = RunRequestRow & { traceparent: string | null; admitted: boolean };

/**
 * Writes the queued rows of child runs. Ids are derived, so a second spawn finds the first one's row, and the version that it took.
 */
@Injectable()
export class ChildRuns {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    private readonly workflows: ChildWorkflows,
  ) {}

  /**
   * @returns inputs to publish: requests of those that may begin, and to parents what could not. A row that is there is taken as it is:
   * what its workflow has become since is no matter of a child that has begun.
   */
  async spawn(children: readonly ChildToSpawn[]): Promise<SpawnedChildren> {
    const spawned: SpawnedChildren = { inputs: [], refused: new Set() };
    if (children.length === 0) return spawned;
    const known = await this.findKnown(children);
    const unknown = children.filter(({ run }) => !known.has(run.runId));
    for (const row of known.values()) {
      if (row.admitted)
        spawned.inputs.push({ input: toRunRequested(row, row.created_at), traceparent: row.traceparent ?? undefined });
    }
    if (unknown.length === 0) return spawned;
    const found = await this.findWorkflows(unknown);
    const queued: QueuedRun[] = [];
    for (const child of unknown) {
      const workflow = found.get(child);
      const run = workflow?.ok === false ? workflow : queuedRunOf(child, workflow);
      if (run.ok) queued.push(run.queued);
      else {
        const input = refusedChild(child.run.runId, child.run.parent.step_id, child.parent, run.code, run.message);
        spawned.inputs.push({ input, traceparent: child.traceparent });
        spawned.refused.add(child.run.runId);
      }
    }
    const { admitted } = await insertQueuedRuns(this.pool, queued);
    for (const { request, traceparent } of queued) {
      if (admitted.has(request.run_id)) spawned.inputs.push({ input: request, traceparent });
    }
    return spawned;
  }

  private async findKnown(children: readonly ChildToSpawn[]): Promise<Map<string, KnownChild>> {
    const values = [children.map(({ run }) => run.runId)];
    const { rows } = await this.pool.query<KnownChild>({ name: 'find-child-runs', text: FIND_KNOWN, values });
    return new Map(rows.map((row) => [row.run_id, row]));
  }

  private async findWorkflows(children: readonly ChildToSpawn[]): Promise<Map<ChildToSpawn, FoundWorkflow>> {
    const flows = children.filter(({ run }) => run.kind === 'flow');
    const found = await this.workflows.find(
      flows.map(({ run, parent }) => ({
        workspaceId: parent.workspaceId,
        ref: run.kind === 'flow' ? run.workflow : '',
        payload: run.payload,
      })),
    );
    return new Map(flows.map((child, index) => [child, found[index] as FoundWorkflow]));
  }
}

type Queued = { ok: true; queued: QueuedRun } | { ok: false; code: string; message: string };

function queuedRunOf(child: ChildToSpawn, workflow: Extract<FoundWorkflow, { ok: true }> | undefined): Queued {
  const { run, parent, timeoutMs, traceparent } = child;
  const depth = parent.trigger.causation_depth;
  const trigger: RunTrigger = { type: 'flow', ...(depth === undefined ? {} : { causation_depth: depth }) };
  // The time of the clock, not of the parent's history: from child to parent and back, the times of a loop would stand still.
  const now = Date.now();
  const request: RunRequested = {
    type: 'run.requested',
    id: `req:${run.runId}`,
    run_id: run.runId,
    workspace_id: parent.workspaceId,
    at: now,
    workflow_id: workflow?.workflowId ?? parent.workflowId,
    version: workflow?.version ?? parent.version,
    payload: run.payload,
    trigger,
    created_at: now,
    parent: run.parent,
    ...(run.kind === 'item' ? { body: run.body, scope_id: run.scopeId } : {}),
  };
  const trace = traceparent === undefined ? {} : { traceparent };
  if (workflow === undefined) return { ok: true, queued: { request, timeoutMs, ...trace } };
  const { plan, workflowId } = workflow;
  const lane = laneOf(plan, { workflowId, payload: run.payload, trigger });
  if (!lane.ok) return { ok: false, code: lane.code, message: lane.message };
  return { ok: true, queued: { request, timeoutMs: plan.timeoutMs, priority: plan.priority, lane: lane.lane, ...trace } };
}
