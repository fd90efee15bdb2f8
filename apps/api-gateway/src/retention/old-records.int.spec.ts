import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypeId } from '@flows/contracts';
import { v7 as uuid } from 'uuid';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';
import { insertRuns } from '../../test/stored-run.js';
import { OldRecordsSweeper } from './old-records.sweeper.js';

let gateway: TestGateway;
let workspace: TestWorkspace;
let workspaceId: string;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-retention');
  workspace = await gateway.createWorkspace();
  workspaceId = fromTypeId('ws', workspace.id) ?? '';
}, 120_000);
afterAll(() => gateway.close());

const sweep = () => gateway.app.get(OldRecordsSweeper).sweep();
const query = <T extends object>(text: string, values: unknown[]) => gateway.database.query<T>(text, values);

describe('what is deleted', () => {
  it('approvals that were decided more than 30 days ago, however many', async () => {
    const add = (label: string, count: number, status: string, days: number | null) =>
      query(
        `insert into approvals (id, workspace_id, run_id, workflow_id, step_id, step_run_id, stage, artefact, assignees, status, requested_at, decided_at)
         select $1 || n, $2, $2, $2, 's', $2, 'step', '1', '{}', $4, now() - interval '90 days', now() - $5::int * interval '1 day' from generate_series(1, $3::int) n`,
        [label, workspaceId, count, status, days],
      );
    await add('old-', 2_500, 'approved', 31);
    await add('withdrawn-', 1, 'withdrawn', 31);
    await add('young-', 1, 'rejected', 29);
    await add('open-', 1, 'open', null);
    await sweep();
    const left = await query<{ id: string }>('select id from approvals where workspace_id = $1 order by id', [workspaceId]);
    expect(left.map(({ id }) => id)).toEqual(['open-1', 'young-1']);
  });

  it('bulk jobs that ended more than 30 days ago', async () => {
    const add = async (status: string, days: number | null) => {
      const id = uuid();
      await query(
        `insert into bulk_jobs (id, workspace_id, action, filter, actor, status, stop_requested, ended_at, created_at, claimed_until)
         values ($1, $2, 'pause', '{}', 'a', $3, false, now() - $4::int * interval '1 day', now() - interval '90 days', now() + interval '1 day')`,
        [id, workspaceId, status, days],
      );
      return id;
    };
    await add('completed', 31);
    await add('stopped', 31);
    const kept = [await add('completed', 29), await add('running', null)];
    await sweep();
    const left = await query<{ id: string }>('select id from bulk_jobs where workspace_id = $1', [workspaceId]);
    expect(left.map(({ id }) => id).sort()).toEqual(kept.sort());
  });

  it('paces of connections that nobody has called for a day', async () => {
    const add = async (next: string, tail: string) => {
      const id = uuid();
      await query(
        `insert into connection_pace (workspace_id, connection_id, next_at, tail_at)
         values ($1, $2, now() + $3::interval, case $4 when 'none' then '-infinity' else now() + $4::interval end)`,
        [workspaceId, id, next, tail],
      );
      return id;
    };
    await add('-25 hours', 'none');
    const kept = [await add('-23 hours', 'none'), await add('-25 hours', '1 hour'), await add('1 hour', 'none')];
    await sweep();
    const left = await query<{ id: string }>('select connection_id as id from connection_pace where workspace_id = $1', [
      workspaceId,
    ]);
    expect(left.map(({ id }) => id).sort()).toEqual(kept.sort());
  });

  it('scopes of runs that completed more than eight days ago, unless an item is still under way or the run may be retried', async () => {
    const workflow = await publishWorkflow(workspace);
    const run = async (status: string, days: number | null) => {
      const [id = ''] = await insertRuns(gateway, workspace.id, workflow, status, 1);
      await query("update runs set ended_at = now() - $2::int * interval '1 day' where id = $1", [id, days]);
      return id;
    };
    const scope = async (root: string, days = 20) => {
      const id = uuid();
      await query(
        `insert into run_scopes (id, workspace_id, root_run_id, data, created_at) values ($1, $2, $3, '{}', now() - $4::int * interval '1 day')`,
        [id, workspaceId, root, days],
      );
      return id;
    };
    const itemOf = async (parent: string, status: string, index: number) => {
      const id = await run(status, 9);
      await query("update runs set parent_run_id = $2, parent_step_id = 'e', item_index = $3 where id = $1", [id, parent, index]);
      return id;
    };
    const [done, young, failed, open, busy] = [
      await run('completed', 9),
      await run('completed', 7),
      await run('failed', 9),
      await run('waiting', null),
      await run('completed', 9),
    ];
    await itemOf(done, 'failed', 0);
    await itemOf(await itemOf(busy, 'completed', 0), 'running', 0);
    await scope(done);
    await scope(done);
    const kept = [await scope(young), await scope(failed), await scope(open), await scope(busy), await scope(done, 7)];
    await sweep();
    const left = await query<{ id: string }>('select id from run_scopes where workspace_id = $1', [workspaceId]);
    expect(left.map(({ id }) => id).sort()).toEqual(kept.sort());
  });
});
