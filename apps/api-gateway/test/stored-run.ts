import { fromTypeId, toTypeId } from '@flows/contracts';
import { v7 as uuid } from 'uuid';
import type { TestGateway } from './start-test-gateway.js';

export const uuidOf = (runId: string): string => fromTypeId('run', runId) ?? '';

export type WrittenFact = [type: string, stepId: string | null, data: object, causedBy?: string];

/** Writes history and state of a run as the orchestrator would. */
export async function writeRun(
  { database }: TestGateway,
  runId: string,
  facts: WrittenFact[],
  state: { status: string; waitingFor?: string; output?: unknown },
): Promise<void> {
  const id = uuidOf(runId);
  await database.query(
    `insert into run_facts (run_id, seq, workspace_id, type, at, step_id, data, caused_by)
     select $1, f.nth, r.workspace_id, f.fact ->> 0, timestamptz '2026-01-01T00:00:00Z' + f.nth * interval '1 second', f.fact ->> 1, f.fact -> 2, coalesce(f.fact ->> 3, 'test')
     from runs r, json_array_elements($2::json) with ordinality as f (fact, nth) where r.id = $1`,
    [id, JSON.stringify(facts)],
  );
  await database.query(
    `update runs set status = $2, seq = $3, output = $4, waiting_for = $5,
       ended_at = case when $2 in ('completed', 'failed', 'cancelled', 'timed_out') then now() end where id = $1`,
    [id, state.status, facts.length, state.output === undefined ? null : JSON.stringify(state.output), state.waitingFor ?? null],
  );
}

export async function setStatus({ database }: TestGateway, runUuid: string, status: string): Promise<void> {
  await database.query('update runs set status = $2, waiting_for = null, seq = seq + 1 where id = $1', [runUuid, status]);
}

/** Many runs of a workflow at once, oldest first. @returns their UUIDs. */
export async function insertRuns(
  { database }: TestGateway,
  workspaceId: string,
  workflowId: string,
  status: string,
  count: number,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuid());
  await database.query(
    `insert into runs (id, workspace_id, workflow_id, version, status, seq, payload, trigger_type, trigger, created_at, expires_at, admitted_at)
     select u.id, $2, $3, 1, $4, 3, json_build_object('nth', u.nth), 'api', '{"type":"api"}', now() - interval '1 hour' + u.nth * interval '1 millisecond', now() + interval '1 day', now()
     from unnest($1::uuid[]) with ordinality as u (id, nth)`,
    [ids, fromTypeId('ws', workspaceId), fromTypeId('wf', workflowId), status],
  );
  return ids;
}

export const runIdOf = (id: string): string => toTypeId('run', id);
