import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypeId } from '@flows/contracts';
import type pg from 'pg';
import { APP_POOL } from '../src/database/database.tokens.js';
import { publishWorkflow } from './published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from './start-test-gateway.js';

let gateway: TestGateway;
let one: TestWorkspace;
let other: TestWorkspace;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-isolation');
  one = await gateway.createWorkspace('one-canary');
  other = await gateway.createWorkspace('other');
}, 120_000);
afterAll(() => gateway.close());

/** One of everything, all of it carrying the canary. */
async function fill({ client, id }: TestWorkspace): Promise<Record<string, string>> {
  const workflow = await publishWorkflow({ client, id } as TestWorkspace, { name: 'one-canary', description: 'one-canary' });
  const run = (await client.post(`/api/v1/flows/workflows/${workflow}/runs`, { payload: { canary: 'one-canary' } })).json.id;
  const trigger = (
    await client.post('/api/v1/flows/triggers', {
      workflow_id: workflow,
      type: 'crm_event',
      event_type: 'lead.created',
      name: 'one-canary',
    })
  ).json.id;
  const connection = (await client.post('/api/v1/connectors/connections', { name: 'one-canary', provider: 'noop' })).json.id;
  const agent = (await client.post('/api/v1/agents', { slug: 'one-canary', name: 'x', instructions: 'one-canary' })).json.id;
  const key = (await client.post('/api/v1/api-keys', { name: 'one-canary', scopes: ['flows:read'] })).json.id;
  const ws = fromTypeId('ws', id);
  await gateway.database.query(
    "insert into dead_letters (topic, partition, \"offset\", workspace_id, value, headers, error_code, error) values ('crm.events.v1', 0, 1, $1, $2, '{}', 'x', 'one-canary')",
    [ws, Buffer.from('one-canary')],
  );
  await gateway.database.query(
    "insert into dead_letters (topic, partition, \"offset\", workspace_id, value, headers, error_code, error) values ('crm.events.v1', 0, 2, null, null, '{}', 'unknown_workspace', 'x')",
  );
  await gateway.database.query(
    "insert into decisions (workspace_id, trigger_id, event_source, event_id, event_type, verdict, reason, run_id) values ($1, $2, '/crm', 'evt-one', 'lead.created', 'started', 'one-canary', $3)",
    [ws, fromTypeId('trg', trigger), fromTypeId('run', run)],
  );
  await gateway.database.query(
    "insert into run_facts (run_id, seq, workspace_id, type, at, data, caused_by) values ($1, 1, $2, 'run.started', now(), '{\"canary\": \"one-canary\"}', 'x')",
    [fromTypeId('run', run), ws],
  );
  const bulk = (await client.post('/api/v1/flows/runs/bulk', { action: 'pause', filter: {}, options: { reason: 'one-canary' } }))
    .json.id;
  await gateway.database.query(
    `insert into approvals (id, workspace_id, run_id, workflow_id, step_id, step_run_id, stage, artefact, assignees, requested_at)
     values ('apr_one', $1, $2, $3, 'x', $4, 'step', '"one-canary"', '{}', now())`,
    [ws, fromTypeId('run', run), fromTypeId('wf', workflow), fromTypeId('srun', 'srun_01h455vb4pex5vsknk084sn02q')],
  );
  return { workflow, run, trigger, connection, agent, key, bulk };
}

describe('another workspace', () => {
  it('gets 404 for every id and sees nothing in any list', async () => {
    const ids = await fill(one);
    const document = (await gateway.anonymous.get('/api/v1/openapi.json')).json as {
      paths: Record<string, Record<string, unknown>>;
    };
    const values: [RegExp, string | undefined][] = [
      [/workflows\/\{id\}/, ids['workflow']],
      [/runs\/\{id\}/, ids['run']],
      [/triggers\/\{id\}/, ids['trigger']],
      [/runs\/bulk\/\{id\}/, ids['bulk']],
      [/connections\/\{id\}/, ids['connection']],
      [/agents\/\{id\}/, ids['agent']],
      [/api-keys\/\{id\}/, ids['key']],
    ];
    const bodies: Record<string, unknown> = {
      '/graph': { steps: [], edges: [] },
      '/test': { event: { type: 'lead.created', data: {} } },
      '/signal': { type: 'x' },
      '/bulk': { action: 'pause', filter: {} },
    };
    let operations = 0;
    for (const [path, methods] of Object.entries(document.paths)) {
      const id = values.find(([pattern]) => pattern.test(path))?.[1];
      const url = path
        .replace('{id}', id ?? '')
        .replace('{number}', '1')
        .replace('{step_run_id}', 'srun_01h455vb4pex5vsknk084sn02q')
        .replace('{event_id}', 'evt-one')
        .replace('{slug}', 'lead-to-sequence');
      for (const method of Object.keys(methods)) {
        operations += 1;
        const body =
          method === 'get' || method === 'delete'
            ? undefined
            : (Object.entries(bodies).find(([end]) => path.endsWith(end))?.[1] ?? {});
        const answer = await other.client.send(method.toUpperCase(), url, body, { 'if-match': '*' });
        expect(answer.text).not.toContain('one-canary');
        if (id !== undefined) expect([`${method} ${path}`, answer.status]).toEqual([`${method} ${path}`, 404]);
      }
    }
    expect(operations).toBeGreaterThan(35);
    const mine = (await one.client.get('/api/v1/flows/workflows')).json;
    expect(mine).toMatchObject({ total: 1, items: [{ status: 'active' }] });
    expect((await one.client.get('/api/v1/flows/dead-letters')).json).toMatchObject({
      total: 1,
      items: [{ reason: { code: 'x', message: 'one-canary' }, value: 'one-canary', workspace_id: one.id }],
    });
    expect((await gateway.admin.get('/api/v1/flows/dead-letters')).json).toMatchObject({
      total: 2,
      items: [{ offset: 2, workspace_id: null, reason: { code: 'unknown_workspace' } }, { offset: 1 }],
    });
  }, 60_000);

  it('is kept out by the database itself, also on a connection that served another one just before', async () => {
    const pool = gateway.app.get<pg.Pool>(APP_POOL);
    const client = await pool.connect();
    try {
      for (const table of [
        'workflows',
        'workflow_versions',
        'triggers',
        'runs',
        'run_facts',
        'api_keys',
        'connections',
        'agents',
        'decisions',
        'dead_letters',
        'approvals',
        'bulk_jobs',
        'run_scopes',
        'awaited_event_types',
        'event_mailbox',
        'event_subscriptions',
        'connection_pace',
        'idempotency_keys',
        'workspaces',
      ]) {
        expect([table, (await client.query(`select * from ${table}`)).rowCount]).toEqual([table, 0]);
      }
      await client.query('begin');
      await client.query("select set_config('app.workspace_id', $1, true)", [fromTypeId('ws', other.id)]);
      await expect(
        client.query(
          "insert into connections (id, workspace_id, name, provider, role) values (gen_random_uuid(), $1, 'forged', 'crm', 'both')",
          [fromTypeId('ws', one.id)],
        ),
      ).rejects.toThrow(/row-level security/);
      await client.query('rollback');
    } finally {
      client.release();
    }
  });
});
