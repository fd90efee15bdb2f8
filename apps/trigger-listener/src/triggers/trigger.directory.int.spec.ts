import { createPool } from '@flows/postgres';
import { createTestDatabase, type TestDatabase } from '@flows/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { TriggerDirectory } from './trigger.directory.js';
import { TriggerStore } from './trigger.store.js';

let database: TestDatabase;
let pool: pg.Pool;
let directory: TriggerDirectory;
const [workspaceId, workflowId] = [v7(), v7()];
const INSERT =
  "insert into triggers (id, workspace_id, workflow_id, name, type, event_type) values ($1, $2, $3, 'n', 'crm_event', $4)";

beforeAll(async () => {
  database = await createTestDatabase({ label: 'triggers' });
  pool = createPool({ url: database.url, role: 'engine', max: 2, applicationName: 'test', onError: () => undefined });
  await database.query("insert into workspaces (id, name) values ($1, 'w')", [workspaceId]);
  await database.query("insert into workflows (id, workspace_id, name, status) values ($1, $2, 'f', 'active')", [
    workflowId,
    workspaceId,
  ]);
  directory = new TriggerDirectory(new TriggerStore(pool));
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

const found = (eventType: string): string[] => directory.find(workspaceId, eventType).map(({ row }) => row.id);
async function inTransaction(work: (client: pg.Client) => Promise<unknown>): Promise<{ commit(): Promise<void> }> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('begin');
  await work(client);
  return { commit: async () => void (await client.query('commit'), await client.end()) };
}

describe('TriggerDirectory', () => {
  it('has every committed change after a refresh: created, edited, deleted', async () => {
    const id = v7();
    await directory.refresh();
    await database.query(INSERT, [id, workspaceId, workflowId, 'a.one']);
    await directory.refresh();
    expect(found('a.one')).toEqual([id]);
    await database.query("update triggers set event_type = 'a.*' where id = $1", [id]);
    await directory.refresh();
    expect(found('a.two')).toEqual([id]);
    await database.query('delete from triggers where id = $1', [id]);
    await directory.refresh();
    expect(found('a.two')).toEqual([]);
  });

  it('misses no transaction that began earlier and ended later than others', async () => {
    const [slow, quick] = [v7(), v7()];
    const open = await inTransaction((client) => client.query(INSERT, [slow, workspaceId, workflowId, 'b.slow']));
    await database.query(INSERT, [quick, workspaceId, workflowId, 'b.quick']);
    await directory.refresh();
    await directory.refresh();
    expect([found('b.quick'), found('b.slow')]).toEqual([[quick], []]);
    await open.commit();
    await directory.refresh();
    expect(found('b.slow')).toEqual([slow]);
  });

  it('takes a change in that came while another refresh was running', async () => {
    const ids = Array.from({ length: 20 }, () => v7());
    await Promise.all(
      ids.map(async (id, index) => {
        await database.query(INSERT, [id, workspaceId, workflowId, `c.t${index}`]);
        await directory.refresh();
        expect(found(`c.t${index}`)).toEqual([id]);
      }),
    );
  });

  it('does not load a trigger again because it fired', async () => {
    const changes = () => database.query<{ n: number }>('select count(*)::int as n from trigger_changes');
    const before = await changes();
    await new TriggerStore(pool).updateLastFired(
      new Map([[v7(), new Date()], ...directory.find(workspaceId, 'b.slow').map(({ row }) => [row.id, new Date()] as const)]),
    );
    expect(await database.query("select from triggers where event_type = 'b.slow' and last_fired_at is not null")).toHaveLength(
      1,
    );
    expect(await changes()).toEqual(before);
  });

  it('a reload finds what changed without a trace', async () => {
    await directory.refresh();
    await database.query(
      "set session_replication_role = replica; delete from triggers where event_type = 'b.quick'; reset session_replication_role",
    );
    await directory.refresh();
    expect(found('b.quick')).toHaveLength(1);
    await directory.reload();
    expect(found('b.quick')).toEqual([]);
  });

  it('says that it could not refresh, and can the next time', async () => {
    const dead = createPool({ url: database.url, role: 'engine', max: 1, applicationName: 'test', onError: () => undefined });
    const store = new TriggerStore(dead);
    const fresh = new TriggerDirectory(store);
    await database.query('alter table triggers rename to away');
    await expect(fresh.refresh()).rejects.toThrow();
    await database.query('alter table away rename to triggers');
    await fresh.refresh();
    expect(fresh.size).toBeGreaterThan(0);
    await dead.end();
  });
});
