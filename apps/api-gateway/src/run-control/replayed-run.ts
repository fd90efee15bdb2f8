import { toTypeId, type JsonValue, type RunStatus, type RunTrigger } from '@flows/contracts';
import { readSql } from '@flows/postgres';
import type pg from 'pg';
import { ApiProblem } from '../http/api-problem.js';
import type { RunRequest } from '../runs/run-intake.js';
import type { ReplayVersion } from './run-control.dto.js';
import { runStateConflict } from './run-state-conflict.js';

const LOAD = readSql(import.meta.url, './load-replayed-runs.sql');

/** A run with what it was started with. */
export interface ReplayedRun {
  id: string;
  workflow_id: string;
  version: number;
  status: RunStatus;
  item_index: number | null;
  payload: JsonValue;
  trigger: RunTrigger;
  version_status: string | null;
}

export async function loadReplayedRuns(
  client: pg.ClientBase,
  workspaceId: string,
  runIds: readonly string[],
): Promise<ReplayedRun[]> {
  return (await client.query<ReplayedRun>(LOAD, [workspaceId, runIds])).rows;
}

/**
 * What starts the same again: the payload and the event, since a flow may read both. Who asks for it is an outside cause, so the chain
 * of causation begins anew.
 * @throws ApiProblem when the run cannot be replayed.
 */
export function toReplayRequest(
  run: ReplayedRun,
  version: ReplayVersion,
  actor: string,
  traceparent: string | undefined,
): RunRequest {
  if (run.item_index !== null)
    throw runStateConflict(run, 'an item of a foreach step has no life without its parent run; replay that');
  if (version === 'same' && run.version_status !== 'published') {
    const detail = `Version ${run.version} of workflow ${toTypeId('wf', run.workflow_id)} is ${run.version_status ?? 'gone'}; replay on the current one with { "version": "current" }`;
    throw new ApiProblem('version_not_published', detail);
  }
  const { event, event_id, trigger_id } = run.trigger;
  return {
    workflowId: run.workflow_id,
    version: version === 'same' ? run.version : null,
    payload: run.payload,
    trigger: {
      type: 'replay',
      actor,
      causation_depth: 0,
      ...(event === undefined ? {} : { event }),
      ...(event_id === undefined ? {} : { event_id }),
      ...(trigger_id === undefined ? {} : { trigger_id }),
    },
    traceparent,
    replayOf: run.id,
  };
}
