import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Installation, type Workspace } from '../harness/installation.js';
import { chain, endOf, getRun, publishFlow, startRun, stepOf, stepsOf, untilRun } from '../harness/flows.js';
import { completion } from '../harness/model-script.js';
import { RestClient } from '../harness/rest-client.js';
import type { ApprovalView, Listed } from '../harness/views.js';

/** Approvals (acceptance row 63): nothing irreversible before somebody said yes, and then once. */
let installation: Installation;
let provider: RecordingProvider;
let workspace: Workspace;

beforeAll(async () => {
  provider = await startRecordingProvider();
  installation = await Installation.start({ env: { OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: 'stub' } });
  workspace = await installation.createWorkspace();
  const { client } = workspace;
  await client.need(
    client.post('/connectors/connections', { name: 'mail', provider: 'crm', role: 'both', config: { base_url: provider.url } }),
  );
  await client.need(
    client.post('/agents', { slug: 'writer', name: 'Writer', instructions: 'Write.', provider: 'openai', model: 'stub' }),
  );
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});
beforeEach(() => {
  provider.reset();
  provider.answer(({ path }) => (path.startsWith('/v1') ? completion({ draft: 'Dear Ada' }) : { body: { id: 'lead_1' } }));
});

const send = (approval: unknown) => ({
  id: 'send',
  type: 'connector',
  connection: 'mail',
  action: 'leads.update',
  input: { lead_id: 'lead_1', fields: { note: '${ payload.note }' } },
  approval,
});
const after = { id: 'after', type: 'http', method: 'POST', url: '' };
const sendThenCall = (approval: unknown) => ({
  graph: { steps: [send(approval), { ...after, url: `${provider.url}/after` }], edges: chain('send', 'after') },
});
const paths = () => provider.calls.map(({ path }) => path);

async function inbox(runId: string): Promise<ApprovalView> {
  const { items } = await workspace.client.need(
    workspace.client.get<Listed<ApprovalView>>(`/flows/approvals?run_id=${runId}&status=open`),
  );
  return items[0] as ApprovalView;
}
/** Starts a run, and waits until it asks. */
async function startAndAsk(
  definition: Parameters<typeof publishFlow>[1],
  payload: unknown = { note: 'hi' },
): Promise<ApprovalView> {
  const { client } = workspace;
  const { id } = await startRun(client, await publishFlow(client, definition), payload);
  await untilRun(client, id, ({ waiting_for }) => waiting_for === 'approval');
  return eventually(() => inbox(id));
}
const decide = (client: RestClient, { run_id, step_run_id }: ApprovalView, decision: 'approve' | 'reject', comment?: string) =>
  client.post<ApprovalView & { code: string }>(`/flows/runs/${run_id}/steps/${step_run_id}/${decision}`, { comment });

describe('a two-stage connector step', () => {
  it('shows what it would send, and sends nothing until 50 approvals at once let it, once', async () => {
    const asked = await startAndAsk(sendThenCall(true));
    const artefact = { lead_id: 'lead_1', fields: { note: 'hi' } };
    expect(asked).toMatchObject({ stage: 'input', status: 'open', artefact });
    expect(paths()).toEqual([]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => decide(workspace.client, asked, 'approve')));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { status: 'approved' } });
    expect(await endOf(workspace.client, asked.run_id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual(['/leads/lead_1', '/after']);
    expect(await stepOf(workspace.client, asked.run_id, 'send')).toMatchObject({
      status: 'completed',
      approval: 'approved',
      approval_request: { decision: 'approved', artefact },
    });
    expect(await decide(workspace.client, asked, 'reject')).toMatchObject({ status: 409, body: { code: 'approval_decided' } });
  });

  it('sends nothing when it is rejected; the path ends, and the artefact stays readable', async () => {
    const asked = await startAndAsk(sendThenCall(true));
    expect(await decide(workspace.client, asked, 'reject', 'not this one')).toMatchObject({
      status: 200,
      body: { status: 'rejected' },
    });
    expect(await endOf(workspace.client, asked.run_id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual([]);
    const steps = await stepsOf(workspace.client, asked.run_id);
    expect(steps).toMatchObject([
      {
        step_id: 'send',
        status: 'completed',
        output: null,
        effects: [],
        approval: 'rejected',
        approval_request: { decision: 'rejected', artefact: { lead_id: 'lead_1', fields: { note: 'hi' } } },
      },
      { step_id: 'after', status: 'skipped' },
    ]);
    const { items } = await workspace.client.need(
      workspace.client.get<Listed<ApprovalView>>(`/flows/approvals?run_id=${asked.run_id}&status=rejected`),
    );
    expect(items).toMatchObject([{ status: 'rejected', comment: 'not this one', artefact: { lead_id: 'lead_1' } }]);
  });

  it('takes the first of opposite decisions, and tells the others which one that was', async () => {
    for (let round = 0; round < 5; round += 1) {
      provider.reset();
      provider.answer({ body: { id: 'lead_1' } });
      const asked = await startAndAsk(sendThenCall(true));
      const decisions = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? ('approve' as const) : ('reject' as const)));
      const answers = await Promise.all(decisions.map((decision) => decide(workspace.client, asked, decision)));
      await endOf(workspace.client, asked.run_id);
      const { approval } = await stepOf(workspace.client, asked.run_id, 'send');
      const approved = approval === 'approved';
      expect(paths()).toEqual(approved ? ['/leads/lead_1', '/after'] : []);
      for (const [index, { status }] of answers.entries())
        expect([index, status]).toEqual([index, (decisions[index] === 'approve') === approved ? 200 : 409]);
    }
  });

  it.each([
    ['approve', ['/leads/lead_1', '/after'], 'completed'],
    ['reject', [], 'completed'],
    ['fail', [], 'failed'],
  ])('when nobody decides in time does what it says: %s', async (onDue, calls, status) => {
    const asked = await startAndAsk(sendThenCall({ due: '700ms', on_due: onDue }));
    const run = await endOf(workspace.client, asked.run_id);
    expect(run).toMatchObject({ status, error: status === 'failed' ? { code: 'approval_overdue', step_id: 'send' } : null });
    expect(paths()).toEqual(calls);
    // Too late for anybody.
    expect((await decide(workspace.client, asked, 'approve')).status).toBe(409);
    expect(paths()).toEqual(calls);
  });
});

describe('a two-stage agent step', () => {
  const graph = () => ({
    steps: [
      { id: 'draft', type: 'agent', agent: 'writer', input: { n: 1 }, approval: true },
      { ...after, url: `${provider.url}/after`, body: '${ steps.draft.output }' },
    ],
    edges: chain('draft', 'after'),
  });

  it('has answered, and nothing follows until it is approved; then its answer goes on, asked for once', async () => {
    const asked = await startAndAsk({ graph: graph() });
    expect(asked).toMatchObject({ stage: 'output', artefact: { draft: 'Dear Ada' } });
    expect(paths()).toEqual(['/v1/chat/completions']);
    await Promise.all(Array.from({ length: 50 }, () => decide(workspace.client, asked, 'approve')));
    expect(await endOf(workspace.client, asked.run_id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual(['/v1/chat/completions', '/after']);
    expect(JSON.parse(provider.calls[1]?.body ?? '')).toEqual({ draft: 'Dear Ada' });
  });

  it('leaves its answer unused when it is rejected', async () => {
    const asked = await startAndAsk({ graph: graph() });
    await decide(workspace.client, asked, 'reject');
    expect(await endOf(workspace.client, asked.run_id)).toMatchObject({ status: 'completed' });
    expect(paths()).toEqual(['/v1/chat/completions']);
    expect(await stepOf(workspace.client, asked.run_id, 'draft')).toMatchObject({
      output: null,
      approval: 'rejected',
      approval_request: { decision: 'rejected', artefact: { draft: 'Dear Ada' } },
    });
  });
});

describe('an approval step', () => {
  const graph = {
    steps: [
      { id: 'ask', type: 'approval', input: { text: '${ payload.note }' }, assignees: ['boss'] },
      { id: 'yes', type: 'transform', output: '${ steps.ask.output.comment }' },
      { id: 'no', type: 'transform', output: 'no' },
    ],
    edges: [
      { from: 'ask', to: 'yes', condition: 'steps.ask.output.decision == "approved"' },
      { from: 'ask', to: 'no', condition: 'steps.ask.output.decision == "rejected"' },
    ],
  };

  it('lets branches go by the decision, and only its assignees decide', async () => {
    const asked = await startAndAsk({ graph });
    const keyOf = async (name: string) => {
      const body = { name, scopes: ['flows:read', 'approvals:decide'] };
      const { token } = await workspace.client.need(workspace.client.post<{ token: string }>('/api-keys', body));
      return new RestClient(installation.gatewayUrl, token);
    };
    const [boss, clerk] = [await keyOf('boss'), await keyOf('clerk')];
    expect(await decide(clerk, asked, 'approve')).toMatchObject({ status: 403, body: { code: 'not_assignee' } });
    expect((await getRun(workspace.client, asked.run_id)).status).toBe('waiting');
    expect(await decide(boss, asked, 'approve', 'go ahead')).toMatchObject({ status: 200, body: { decided_by: 'boss' } });
    expect(await endOf(workspace.client, asked.run_id)).toMatchObject({ status: 'completed', output: 'go ahead' });

    const other = await startAndAsk({ graph });
    await decide(boss, other, 'reject');
    expect(await endOf(workspace.client, other.run_id)).toMatchObject({ status: 'completed', output: 'no' });
  });
});
