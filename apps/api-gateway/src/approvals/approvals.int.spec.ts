import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fromTypeId, toTypeId, type ApprovalDecided, type RunInput } from '@flows/contracts';
import { v7 as uuid } from 'uuid';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';
import { TestClient } from '../../test/test-client.js';
import { uuidOf } from '../../test/stored-run.js';
import { watchRunInputs, type WatchedInputs } from '../../test/watch-run-inputs.js';

const APPROVALS = '/api/v1/flows/approvals';
const RUNS = '/api/v1/flows/runs';
let gateway: TestGateway;
let workspace: TestWorkspace;
let workflow: string;
let inputs: WatchedInputs;
let follows: boolean;

beforeAll(async () => {
  gateway = await startTestGateway('gateway-approvals');
  workspace = await gateway.createWorkspace();
  workflow = await publishWorkflow(workspace);
  inputs = await watchRunInputs(gateway, (input) => (follows ? decide(input) : Promise.resolve()));
}, 120_000);
afterAll(async () => {
  await inputs.close();
  await gateway.close();
});
beforeEach(() => {
  follows = true;
});

/** As the orchestrator: the first decision counts. */
async function decide(input: RunInput): Promise<void> {
  if (input.type !== 'approval.decided') return;
  await gateway.database.query(
    "update approvals set status = $2, decided_by = $3, comment = $4, decided_at = now() where id = $1 and status = 'open'",
    [input.approval_id, input.decision, input.by, input.comment ?? null],
  );
}

interface Asked {
  id: string;
  runId: string;
  step: string;
}
async function ask(assignees: string[] = [], { client, id }: TestWorkspace = workspace): Promise<Asked> {
  const runId = (await client.post(`/api/v1/flows/workflows/${workflow}/runs`, { payload: {} })).json.id as string;
  const [approvalId, stepRunId] = [toTypeId('apr', uuid()), uuid()];
  await gateway.database.query(
    `insert into approvals (id, workspace_id, run_id, workflow_id, step_id, step_run_id, stage, artefact, assignees, due_at, requested_at)
     values ($1, $2, $3, $4, 'send', $5, 'input', '{"to":"ada","api_token":"s3cret"}', $6, now() + interval '1 day', now())`,
    [approvalId, fromTypeId('ws', id), uuidOf(runId), fromTypeId('wf', workflow), stepRunId, assignees],
  );
  return { id: approvalId, runId, step: `${RUNS}/${runId}/steps/${toTypeId('srun', stepRunId)}` };
}
async function keyOf(name: string, scopes: string[]): Promise<TestClient> {
  const { token } = (await workspace.client.post('/api/v1/api-keys', { name, scopes })).json;
  return new TestClient(gateway.app, token);
}
const decisionsOf = (runId: string) =>
  inputs.of(uuidOf(runId)).filter((input): input is ApprovalDecided => input.type === 'approval.decided');

describe('the inbox', () => {
  it('shows what is open, newest first, with secrets masked, by every filter and in pages', async () => {
    const own = await gateway.createWorkspace();
    workflow = await publishWorkflow(own);
    const asked = [await ask(['ada'], own), await ask([], own), await ask(['ada', 'bob'], own)].reverse();
    const list = async (query = '') => (await own.client.get(`${APPROVALS}${query}`)).json;
    const ids = async (query?: string) => (await list(query)).items.map(({ id }: { id: string }) => id);
    expect(await ids()).toEqual(asked.map(({ id }) => id));
    expect((await list()).items[0]).toMatchObject({
      run_id: asked[0]?.runId,
      workflow_id: workflow,
      step_id: 'send',
      stage: 'input',
      artefact: { to: 'ada', api_token: '***' },
      assignees: ['ada', 'bob'],
      status: 'open',
      decided_by: null,
      links: { approve: `${asked[0]?.step}/approve` },
    });
    expect(await ids('?assignee=bob')).toEqual([asked[0]?.id]);
    expect(await ids(`?run_id=${asked[1]?.runId}`)).toEqual([asked[1]?.id]);
    expect(await ids(`?workflow_id=${workflow}`)).toHaveLength(3);
    await gateway.database.query("update approvals set status = 'expired' where id = $1", [asked[2]?.id]);
    expect(await ids()).toHaveLength(2);
    expect(await ids('?status=expired&status=open')).toHaveLength(3);
    const first = await list('?limit=1');
    expect(first.total).toBe(2);
    expect((await list(`?limit=1&cursor=${first.next_cursor}`)).items).toMatchObject([{ id: asked[1]?.id }]);
    expect((await own.client.get(`${APPROVALS}?status=done`)).status).toBe(422);
    expect((await workspace.client.get(APPROVALS)).json.total).toBe(0);
    workflow = await publishWorkflow(workspace);
  });
});

describe('a decision', () => {
  it('reaches the run, and is answered with what came of it', async () => {
    const { id, runId, step } = await ask();
    const answer = await workspace.client.post(`${step}/approve`, { comment: 'go' });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id, status: 'approved', comment: 'go', decided_by: expect.any(String) });
    expect(decisionsOf(runId)).toMatchObject([
      { approval_id: id, step_id: 'send', decision: 'approved', comment: 'go', by: answer.json.decided_by },
    ]);
    expect((await workspace.client.post(`${step}/approve`)).json).toMatchObject({ id, status: 'approved', comment: 'go' });
    expect((await workspace.client.post(`${step}/reject`)).json).toMatchObject({
      status: 409,
      code: 'approval_decided',
      approval: { id, status: 'approved' },
    });
    expect(decisionsOf(runId)).toHaveLength(1);
  });

  it('is the same one for fifty senders at once', async () => {
    const { step } = await ask();
    const answers = await Promise.all(Array.from({ length: 50 }, () => workspace.client.post(`${step}/approve`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('of one kind beats the other, and each sender learns which', async () => {
    const { step } = await ask();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => workspace.client.post(`${step}/${index % 2 === 0 ? 'approve' : 'reject'}`)),
    );
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(10);
    expect(new Set(winners.map(({ json }) => json.status)).size).toBe(1);
    expect(answers.filter(({ json }) => json.code === 'approval_decided')).toHaveLength(10);
  });

  it('is 202 while the run does not take it', async () => {
    follows = false;
    const { step } = await ask();
    const answer = await workspace.client.post(`${step}/reject`);
    expect([answer.status, answer.json.status]).toEqual([202, 'open']);
  });

  it('belongs to the assignees, and to admins', async () => {
    const [ada, eve, reader] = [
      await keyOf('ada', ['approvals:decide']),
      await keyOf('eve', ['approvals:decide']),
      await keyOf('reader', ['flows:read', 'runs:control']),
    ];
    const { step } = await ask(['ada']);
    expect((await eve.post(`${step}/approve`)).json).toMatchObject({ status: 403, code: 'not_assignee', assignees: ['ada'] });
    expect((await reader.post(`${step}/approve`)).json).toMatchObject({ status: 403, code: 'insufficient_scope' });
    expect((await ada.post(`${step}/approve`)).json).toMatchObject({ status: 'approved', decided_by: 'ada' });
    const other = await ask(['ada']);
    expect((await workspace.client.post(`${other.step}/reject`)).status).toBe(200);
    const anybody = await ask();
    expect((await eve.post(`${anybody.step}/approve`)).json.decided_by).toBe('eve');
  });

  it('is about an approval of this run and workspace', async () => {
    const { step, runId } = await ask();
    const other = await gateway.createWorkspace();
    expect((await other.client.post(`${step}/approve`)).status).toBe(404);
    expect((await workspace.client.post(`${RUNS}/${runId}/steps/${toTypeId('srun', uuid())}/approve`)).status).toBe(404);
    expect((await workspace.client.post(`${step}/approve`, { note: 'x' })).status).toBe(422);
  });
});
