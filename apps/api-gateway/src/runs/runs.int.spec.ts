import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeRunInput, fromTypeId, toTypeId } from '@flows/contracts';
import { createKafkaDriver, silentLogger, type KafkaDriver, type KafkaMessage } from '@flows/kafka';
import { eventually } from '@flows/testkit';
import pg from 'pg';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';

let gateway: TestGateway;
let workspace: TestWorkspace;
let workflow: string;
let driver: KafkaDriver;
const published: KafkaMessage[] = [];
const runsOf = (id: string) => `/api/v1/flows/workflows/${id}/runs`;
const RUNS = '/api/v1/flows/runs';
const INPUT_SCHEMA = {
  type: 'object',
  required: ['n'],
  additionalProperties: false,
  properties: { n: { type: 'integer' }, token: { type: 'string' } },
};

beforeAll(async () => {
  gateway = await startTestGateway('gateway-runs');
  workspace = await gateway.createWorkspace();
  workflow = await publishWorkflow(workspace, { input_schema: INPUT_SCHEMA });
  driver = createKafkaDriver({ brokers: gateway.brokers, clientId: 'watcher', logger: silentLogger });
  await driver.consume({
    group: `${gateway.topics.runInputs}.watcher`,
    topics: [{ topic: gateway.topics.runInputs }],
    partitionsConcurrently: 2,
    onBatch: (batch) => Promise.resolve(void published.push(...batch.messages)),
    onFatal: () => undefined,
  });
}, 120_000);
afterAll(async () => {
  await driver.close();
  await gateway.close();
});

const start = async (n = 1) => (await workspace.client.post(runsOf(workflow), { payload: { n } })).json;
const uuidOf = (id: string) => fromTypeId('run', id) ?? '';

/** Writes the history as the orchestrator would. */
async function writeFacts(
  runId: string,
  facts: [string, string | null, object][],
  status: string,
  output: unknown = null,
): Promise<void> {
  const id = uuidOf(runId);
  const [run] = await gateway.database.query<{ workspace_id: string }>('select workspace_id from runs where id = $1', [id]);
  for (const [index, [type, step, data]] of facts.entries()) {
    await gateway.database.query(
      "insert into run_facts (run_id, seq, workspace_id, type, at, step_id, data, caused_by) values ($1, $2, $3, $4, '2026-01-01T00:00:00Z', $5, $6, 'test')",
      [id, index + 1, run?.workspace_id, type, step, JSON.stringify(data)],
    );
  }
  await gateway.database.query(
    'update runs set status = $2, seq = $3, output = $4, ended_at = now(), steps_done = 2, steps_total = 3 where id = $1',
    [id, status, facts.length, JSON.stringify(output)],
  );
}

describe('POST runs', () => {
  it('answers 202 with a run that can be read at once and reaches the orchestrator', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await workspace.client.post(runsOf(workflow), { payload: { n: 7 } }, { traceparent });
    expect(answer.status).toBe(202);
    const { id } = answer.json;
    expect(answer.headers['location']).toBe(`${RUNS}/${id}`);
    expect(answer.json).toMatchObject({
      workflow_id: workflow,
      workflow_name: 'Published',
      version: 1,
      status: 'queued',
      waiting_for: null,
      payload: { n: 7 },
      output: null,
      error: null,
      via_fallback: false,
      trigger: { type: 'api', trigger_id: null, event_id: null, actor: expect.stringMatching(/^key_/) },
      parent_run_id: null,
      replay_of: null,
      progress: { done: 0, total: 0 },
      started_at: null,
      ended_at: null,
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      links: { self: `${RUNS}/${id}` },
    });
    expect((await workspace.client.get(`${RUNS}/${id}`)).json).toEqual(answer.json);
    const message = await eventually(() => published.find(({ key }) => key === uuidOf(id)), { what: 'the run request' });
    expect(message.headers).toMatchObject({
      ce_id: `req:${uuidOf(id)}`,
      ce_type: 'run.requested',
      ce_workspaceid: fromTypeId('ws', workspace.id),
      traceparent,
    });
    expect(decodeRunInput(JSON.parse(message.value?.toString() ?? ''))).toMatchObject({
      ok: true,
      value: { type: 'run.requested', version: 1, payload: { n: 7 } },
    });
  });

  it('is the same under /trigger, and without a body where the schema allows it', async () => {
    const free = await publishWorkflow(workspace);
    const answer = await workspace.client.post(`/api/v1/flows/workflows/${free}/trigger`);
    expect([answer.status, answer.json.payload]).toEqual([202, {}]);
    expect((await workspace.client.post(`/api/v1/flows/workflows/${free}/trigger`, { payload: null })).json.payload).toBeNull();
  });

  it('checks the payload against the schema of the version, with pointers', async () => {
    const { json } = await workspace.client.post(runsOf(workflow), { payload: { n: 'x', more: 1 } });
    expect(json).toMatchObject({ status: 422, code: 'invalid_payload' });
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['#/payload/more', '#/payload/n']);
    expect((await workspace.client.post(runsOf(workflow), { payload: { n: 1 }, foo: 1 })).json.errors).toMatchObject([
      { pointer: '#/foo', code: 'unknown_key' },
    ]);
    expect((await workspace.client.post(runsOf(workflow), { payload: { n: 1 }, version: 9 })).json.code).toBe(
      'version_not_published',
    );
    const free = await publishWorkflow(workspace);
    expect((await workspace.client.post(runsOf(free), { payload: 'x'.repeat(256 * 1024) })).json).toMatchObject({
      status: 413,
      code: 'payload_too_large',
    });
    expect((await workspace.client.post(runsOf(free), { payload: 'x'.repeat(256 * 1024 - 2) })).status).toBe(202);
  });

  it('takes the version that was published last, at once, or an older one that is named', async () => {
    const id = await publishWorkflow(workspace);
    await workspace.client.patch(`/api/v1/flows/workflows/${id}`, { input_schema: { type: 'string' } });
    await workspace.client.post(`/api/v1/flows/workflows/${id}/publish`);
    expect((await workspace.client.post(runsOf(id), { payload: {} })).json.code).toBe('invalid_payload');
    expect((await workspace.client.post(runsOf(id), { payload: 'x' })).json.version).toBe(2);
    expect((await workspace.client.post(runsOf(id), { payload: {}, version: 1 })).json.version).toBe(1);
  });

  it('shares transactions between many requests at once; a bad one harms no other, and workspaces do not mix', async () => {
    const other = await gateway.createWorkspace();
    const theirs = await publishWorkflow(other);
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, index) => {
        if (index % 10 === 3) return workspace.client.post(runsOf(workflow), { payload: { n: 'bad' } });
        if (index % 10 === 6) return other.client.post(runsOf(theirs), { payload: { index } });
        if (index % 10 === 9) return other.client.post(runsOf(workflow), { payload: { n: 1 } });
        return workspace.client.post(runsOf(workflow), { payload: { n: index } });
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(
      Array.from({ length: 120 }, (_, index) => ({ 3: 422, 9: 404 })[index % 10] ?? 202),
    );
    for (const [index, { json }] of answers.entries()) {
      if (index % 10 !== 3 && index % 10 !== 9) expect(json.payload).toEqual(index % 10 === 6 ? { index } : { n: index });
    }
    const rows = await gateway.database.query<{ count: number }>(
      'select count(*)::int as count from runs where workspace_id = $1',
      [fromTypeId('ws', other.id)],
    );
    expect(rows[0]?.count).toBe(12);
  });
});

describe('Idempotency-Key', () => {
  it('makes one run of fifty parallel requests, and every answer the same bytes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        workspace.client.post(runsOf(workflow), { payload: { n: 5 } }, { 'idempotency-key': '"fifty"' }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers['location'])).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(49);
    const id = uuidOf(answers[0]?.json.id);
    await eventually(() => published.some(({ key }) => key === id));
    expect(published.filter(({ key }) => key === id)).toHaveLength(1);
  });

  it('takes quoted and bare keys as the same, ignores key order of the body, and refuses another request', async () => {
    const first = await workspace.client.post(runsOf(workflow), '{"payload":{"n":1,"token":"t"}}', { 'idempotency-key': 'same' });
    const again = await workspace.client.post(runsOf(workflow), '{"payload": {"token":"t","n":1}}', {
      'idempotency-key': '"same"',
    });
    expect(again.text).toBe(first.text);
    expect(
      (await workspace.client.post(runsOf(workflow), { payload: { n: 2 } }, { 'idempotency-key': 'same' })).json,
    ).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect(
      (
        await workspace.client.post(
          `/api/v1/flows/workflows/${workflow}/trigger`,
          { payload: { n: 1, token: 't' } },
          { 'idempotency-key': 'same' },
        )
      ).json.code,
    ).toBe('idempotency_key_reused');
    for (const key of ['', '"open', 'x'.repeat(256)])
      expect((await workspace.client.post(runsOf(workflow), { payload: { n: 1 } }, { 'idempotency-key': key })).status).toBe(
        key === '"open' ? 202 : 400,
      );
  });

  it('belongs to its workspace, and stays free after a refusal', async () => {
    const other = await gateway.createWorkspace();
    const theirs = await publishWorkflow(other);
    expect((await workspace.client.post(runsOf(workflow), { payload: {} }, { 'idempotency-key': 'free' })).status).toBe(422);
    const mine = await workspace.client.post(runsOf(workflow), { payload: { n: 1 } }, { 'idempotency-key': 'free' });
    const its = await other.client.post(runsOf(theirs), { payload: { n: 1 } }, { 'idempotency-key': 'free' });
    expect([mine.status, its.status]).toEqual([202, 202]);
    expect(its.json.id).not.toBe(mine.json.id);
  });

  it('answers 409 while the first request is still at work, for longer than anybody likes to wait', async () => {
    const first = new pg.Client({ connectionString: gateway.database.url });
    await first.connect();
    try {
      await first.query('begin');
      await first.query(
        "insert into idempotency_keys (workspace_id, key, route, fingerprint, state, expires_at) values ($1, 'slow', 'x', '', 'in_progress', now() + interval '1 day')",
        [fromTypeId('ws', workspace.id)],
      );
      const answer = await workspace.client.post(runsOf(workflow), { payload: { n: 1 } }, { 'idempotency-key': 'slow' });
      expect(answer.json).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
      expect(answer.headers['retry-after']).toBe('1');
    } finally {
      await first.end();
    }
    expect((await workspace.client.post(runsOf(workflow), { payload: { n: 1 } }, { 'idempotency-key': 'slow' })).status).toBe(
      202,
    );
  }, 20_000);

  it('may be used anew after a day', async () => {
    const first = await workspace.client.post(runsOf(workflow), { payload: { n: 1 } }, { 'idempotency-key': 'old' });
    await gateway.database.query("update idempotency_keys set expires_at = now() where key = 'old'");
    const second = await workspace.client.post(runsOf(workflow), { payload: { n: 2 } }, { 'idempotency-key': 'old' });
    expect(second.status).toBe(202);
    expect(second.json.id).not.toBe(first.json.id);
  });
});

describe('?wait', () => {
  it('answers 200 with the run as soon as it has ended', async () => {
    const waiting = workspace.client.post(`${runsOf(workflow)}?wait=30s`, { payload: { n: 4242 } });
    const [row] = await eventually(async () => {
      const rows = await gateway.database.query<{ id: string }>("select id from runs where payload ->> 'n' = '4242'");
      return rows.length === 1 && rows;
    });
    await writeFacts(
      toTypeId('run', row?.id ?? ''),
      [
        ['run.started', null, {}],
        ['run.completed', null, { output: 1, via_fallback: false }],
      ],
      'completed',
      { done: true },
    );
    const answer = await waiting;
    expect([answer.status, answer.json.status, answer.json.output]).toEqual([200, 'completed', { done: true }]);
  });

  it('answers 202 when the time is over, and refuses a wait that is none', async () => {
    const startedAt = performance.now();
    const answer = await workspace.client.post(`${runsOf(workflow)}?wait=300ms`, { payload: { n: 1 } });
    expect(answer.status).toBe(202);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300);
    for (const wait of ['61s', 'soon', '30', '-1s'])
      expect((await workspace.client.post(`${runsOf(workflow)}?wait=${wait}`, { payload: { n: 1 } })).json.errors).toMatchObject([
        { pointer: '#/wait' },
      ]);
  });
});

describe('GET runs', () => {
  it('lists newest first, by every filter, in pages', async () => {
    const own = await gateway.createWorkspace();
    const [a, b] = [await publishWorkflow(own), await publishWorkflow(own)];
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1)
      ids.unshift((await own.client.post(runsOf(index % 2 === 0 ? a : b), { payload: { index } })).json.id);
    await gateway.database.query("update runs set status = 'failed' where id = $1", [uuidOf(ids[0] ?? '')]);
    await gateway.database.query("update runs set status = 'completed' where id = $1", [uuidOf(ids[1] ?? '')]);
    const list = async (query: string) => (await own.client.get(`${RUNS}${query}`)).json;
    const idsOf = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id);
    expect(idsOf(await list(''))).toEqual(ids);
    expect((await list('')).items[0]).not.toHaveProperty('payload');
    expect(idsOf(await list(`?workflow_id=${a}`))).toHaveLength(4);
    expect(idsOf((await own.client.get(runsOf(b))).json)).toHaveLength(3);
    expect(idsOf(await list('?status=failed&status=completed'))).toEqual(ids.slice(0, 2));
    expect((await list('?trigger_type=crm_event')).total).toBe(0);
    expect((await list('?trigger_type=api&version=1')).total).toBe(7);
    const { created_at: third } = (await list('')).items[2];
    const before = idsOf(await list(`?created_before=${third}`));
    const after = idsOf(await list(`?created_after=${third}`));
    expect(after).toContain(ids[2]);
    expect(before).not.toContain(ids[2]);
    expect([...after, ...before]).toEqual(ids);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { items: { id: string }[]; next_cursor: string | null } = await list(
        `?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...idsOf(page));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(ids);
    for (const query of [
      '?status=done',
      '?trigger_type=x',
      '?workflow_id=run_1',
      '?created_after=yesterday',
      '?version=0',
      '?q=1',
    ])
      expect((await own.client.get(`${RUNS}${query}`)).status).toBe(422);
  });

  it('tells steps with attempts, and the history, both with secrets masked', async () => {
    const { id } = await start();
    const scheduled = {
      attempt: 1,
      attempt_id: 'srun_01h455vb4pex5vsknk084sn02q:1',
      step_run_id: 'srun_01h455vb4pex5vsknk084sn02q',
      idempotency_key: 'srun_01h455vb4pex5vsknk084sn02q',
      pool: 'agent',
      work: { kind: 'agent', agent: 'a' },
      input: { authorization: 'Bearer s3cret', lead: 1 },
      timeout_ms: 1,
      causation_depth: 0,
    };
    await writeFacts(
      id,
      [
        ['run.started', null, { workflow_id: 'wf_01h455vb4pex5vsknk084sn02q', version: 1 }],
        ['step.scheduled', 'first', scheduled],
        ['step.completed', 'first', { attempt: 1, output: { api_token: 's3cret', ok: true }, live_edges: [0], executor: 'e1' }],
        ['step.completed', 'pick', { output: { taken: ['last'] }, live_edges: [1] }],
      ],
      'running',
    );
    const steps = (await workspace.client.get(`${RUNS}/${id}/steps`)).json;
    expect(steps).toMatchObject({
      total: 2,
      next_cursor: null,
      items: [
        {
          step_id: 'first',
          name: 'First',
          type: 'transform',
          status: 'completed',
          input: { authorization: '***', lead: 1 },
          output: { api_token: '***', ok: true },
          attempts: [{ number: 1, status: 'completed', executor: 'e1', input: { authorization: '***', lead: 1 } }],
        },
        { step_id: 'pick', type: 'branch', status: 'completed', output: { taken: ['last'] }, attempts: [] },
      ],
    });
    expect((await workspace.client.get(`${RUNS}/${id}/steps/${steps.items[1].id}`)).json).toEqual(steps.items[1]);
    expect((await workspace.client.get(`${RUNS}/${id}/steps/srun_01h455vb4pex5vsknk084sn02q`)).status).toBe(404);
    const first = (await workspace.client.get(`${RUNS}/${id}/events?limit=3`)).json;
    expect(first).toMatchObject({
      total: 4,
      items: [
        { seq: 1, type: 'run.started', run_id: id, at: '2026-01-01T00:00:00.000Z' },
        { seq: 2, step_id: 'first', data: { input: { authorization: '***' } } },
        { seq: 3 },
      ],
    });
    const rest = (await workspace.client.get(`${RUNS}/${id}/events?cursor=${first.next_cursor}`)).json;
    expect(rest).toMatchObject({ next_cursor: null, items: [{ seq: 4, type: 'step.completed', step_id: 'pick' }] });
    expect((await workspace.client.get(`${RUNS}/${id}`)).json.progress).toEqual({ done: 2, total: 3 });
    for (const path of ['', '/steps', '/events'])
      expect((await workspace.client.get(`${RUNS}/${id}${path}`)).text).not.toContain('s3cret');
  });

  it('estimates a long list instead of counting it, and still answers quickly', async () => {
    const own = await gateway.createWorkspace();
    const id = await publishWorkflow(own);
    await gateway.database.query(
      `insert into runs (id, workspace_id, workflow_id, version, status, payload, trigger_type, trigger, created_at, expires_at)
       select gen_random_uuid(), $1, $2, 1, 'completed', '{}', 'api', '{"type":"api"}', now() - make_interval(secs => n), now() from generate_series(1, 20000) n`,
      [fromTypeId('ws', own.id), fromTypeId('wf', id)],
    );
    await gateway.database.query('analyze runs');
    const page = (await own.client.get(`${RUNS}?workflow_id=${id}`)).json;
    expect(page.total_is_estimate).toBe(true);
    expect(page.total).toBeGreaterThan(10_000);
    expect(page.items).toHaveLength(50);
    expect((await own.client.get(`${RUNS}?workflow_id=${id}`)).headers['link']).toBe(
      `<${RUNS}?workflow_id=${id}&cursor=${page.next_cursor}>; rel="next"`,
    );
    const exact = (await own.client.get(`${RUNS}?status=failed`)).json;
    expect([exact.total, exact.total_is_estimate]).toEqual([0, undefined]);
  });
});
