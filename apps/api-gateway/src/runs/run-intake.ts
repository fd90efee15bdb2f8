import { Injectable } from '@nestjs/common';
import { toTypeId, type JsonValue, type RunTrigger } from '@flows/contracts';
import { insertQueuedRuns, readSql, type QueuedRun } from '@flows/postgres';
import { newTraceparent } from '@flows/telemetry';
import { laneOf, type Lane } from '@flows/trigger-rules';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { ApiProblem, notFound } from '../http/api-problem.js';
import type { WholeRunRow } from './run.view.js';
import { StartableVersions, type StartableVersion } from './startable-versions.js';

const HEADS = readSql(import.meta.url, './load-workflow-heads.sql');

export interface RunRequest {
  workflowId: string;
  /** Null: the current one. */
  version: number | null;
  payload: JsonValue;
  trigger: RunTrigger;
  traceparent: string | undefined;
  /** Absent: the workflow's. */
  priority?: number;
  /** Derived from its cause where the same request may come again; drawn when absent. */
  id?: string;
  /** The run that this one replays. */
  replayOf?: string;
}

export interface AcceptedRun {
  queued: QueuedRun;
  /** May start: its request is to be published after the commit. Else the orchestrator's admitter does so when there is a place. */
  admitted: boolean;
  /** As the row reads right now. */
  row: WholeRunRow;
}
export type IntakeResult = { ok: true; run: AcceptedRun } | { ok: false; problem: ApiProblem };

interface Head {
  id: string;
  name: string;
  status: 'draft' | 'active' | 'inactive' | 'archived';
  current_version: number | null;
}

/**
 * Decides for each request of one workspace whether it becomes a run, and writes the queued rows of those that do, inside the
 * caller's transaction. Which version is current is read in that same transaction: after a publish has answered, no run takes
 * the version before. A refused request does not disturb the others.
 */
@Injectable()
export class RunIntake {
  constructor(private readonly versions: StartableVersions) {}

  /** @returns results in the order of the requests. */
  async accept(client: pg.ClientBase, workspaceId: string, requests: readonly RunRequest[]): Promise<IntakeResult[]> {
    const heads = await this.loadHeads(client, workspaceId, requests);
    const results: IntakeResult[] = [];
    for (const request of requests) results.push(await this.decide(client, workspaceId, request, heads.get(request.workflowId)));
    const accepted = results.flatMap((result) => (result.ok ? [result.run] : []));
    if (accepted.length > 0) await insert(client, accepted);
    return results;
  }

  private async loadHeads(
    client: pg.ClientBase,
    workspaceId: string,
    requests: readonly RunRequest[],
  ): Promise<Map<string, Head>> {
    const ids = [...new Set(requests.map(({ workflowId }) => workflowId))];
    const { rows } = await client.query<Head>({ name: 'load-workflow-heads', text: HEADS, values: [workspaceId, ids] });
    return new Map(rows.map((head) => [head.id, head]));
  }

  private async decide(
    client: pg.ClientBase,
    workspaceId: string,
    request: RunRequest,
    head: Head | undefined,
  ): Promise<IntakeResult> {
    const name = `Workflow ${toTypeId('wf', request.workflowId)}`;
    if (head === undefined) return refuse(notFound(name));
    const closed = whyClosed(head);
    if (closed !== null) return refuse(closed);
    const number = request.version ?? head.current_version ?? 0;
    const version = await this.versions.find(client, workspaceId, request.workflowId, number);
    if (version === null) return refuse(new ApiProblem('version_not_published', `${name} has no published version ${number}`));
    const problems = version.checkPayload(request.payload, '#/payload');
    if (problems.length > 0) {
      return refuse(
        new ApiProblem('invalid_payload', `The payload does not fit the input schema of version ${number}; see errors`, {
          errors: problems,
        }),
      );
    }
    const lane = laneOf(version.laneTerms, request);
    if (!lane.ok) return refuse(new ApiProblem('concurrency_key_failed', lane.message));
    return { ok: true, run: queue(workspaceId, request, head, number, version, lane.lane) };
  }
}

function whyClosed({ status, current_version: current }: Head): ApiProblem | null {
  if (status === 'archived') return new ApiProblem('workflow_archived', 'An archived workflow starts no runs');
  if (current === null) return new ApiProblem('workflow_not_published', 'Publish a version first');
  return status === 'inactive'
    ? new ApiProblem('workflow_inactive', 'Switch the workflow on first: PATCH with { "status": "active" }')
    : null;
}

async function insert(client: pg.ClientBase, runs: readonly AcceptedRun[]): Promise<void> {
  const { admitted, waiting } = await insertQueuedRuns(
    client,
    runs.map(({ queued }) => queued),
  );
  for (const run of runs) {
    run.admitted = admitted.has(run.row.id);
    if (!waiting.has(run.row.id)) continue;
    run.row.waiting_for = 'capacity';
    run.row.waiting_since = run.row.created_at;
  }
}

function queue(
  workspaceId: string,
  { workflowId, payload, trigger, traceparent, priority, id = uuid(), replayOf }: RunRequest,
  head: Head,
  version: number,
  terms: StartableVersion,
  lane: Lane | null,
): AcceptedRun {
  const now = Date.now();
  const trace = traceparent ?? newTraceparent();
  return {
    queued: {
      request: {
        type: 'run.requested',
        id: `req:${id}`,
        run_id: id,
        workspace_id: workspaceId,
        at: now,
        workflow_id: workflowId,
        version,
        payload,
        trigger,
        created_at: now,
      },
      timeoutMs: terms.timeoutMs,
      traceparent: trace,
      priority: priority ?? terms.priority,
      lane,
      ...(replayOf === undefined ? {} : { replayOf }),
    },
    admitted: false,
    row: {
      id,
      workflow_id: workflowId,
      workflow_name: head.name,
      version,
      status: 'queued',
      waiting_for: null,
      trigger,
      error: null,
      via_fallback: false,
      cost: null,
      steps_done: 0,
      steps_total: 0,
      traceparent: trace,
      created_at: new Date(now),
      started_at: null,
      ended_at: null,
      replay_of: replayOf ?? null,
      payload,
      output: null,
    },
  };
}

function refuse(problem: ApiProblem): IntakeResult {
  return { ok: false, problem };
}
