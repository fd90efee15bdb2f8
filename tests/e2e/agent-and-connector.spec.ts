import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Installation, type Workspace } from '../harness/installation.js';
import { chain, endOf, getRun, publishFlow, runToEnd, startRun, stepOf, stepsOf, untilRun } from '../harness/flows.js';
import { askedOf, completion, echo, TOKENS } from '../harness/model-script.js';
import type { Listed } from '../harness/views.js';

/** Agent and connector steps (acceptance rows 8 and 9) against a model and a CRM that record what they were sent. */
let installation: Installation;
let model: RecordingProvider;
let crm: RecordingProvider;
let workspace: Workspace;

interface ConnectionView {
  id: string;
  name: string;
  status: string;
}

beforeAll(async () => {
  [model, crm] = await Promise.all([startRecordingProvider(), startRecordingProvider()]);
  installation = await Installation.start({
    env: {
      OPENAI_BASE_URL: `${model.url}/v1`,
      OPENAI_API_KEY: 'stub',
      AGENT_PRICES: JSON.stringify({ stub: { input: 1_000, output: 2_000 } }),
    },
  });
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await Promise.all([model?.close(), crm?.close()]);
});
beforeEach(async () => {
  for (const provider of [model, crm]) provider.reset();
  model.answer(echo);
  crm.answer({ body: { id: 'lead_1', updated_at: '2026-01-01T00:00:00Z' } });
  workspace = await installation.createWorkspace();
  await connect('sink', 'crm', { base_url: crm.url });
});

function connect(name: string, provider: string, config: object): Promise<ConnectionView> {
  return workspace.client.need(
    workspace.client.post<ConnectionView>('/connectors/connections', { name, provider, role: 'both', config }),
  );
}
function createAgent(slug: string, more: object = {}): Promise<unknown> {
  const body = { slug, name: slug, instructions: 'Repeat what you hear.', provider: 'openai', model: 'stub', ...more };
  return workspace.client.need(workspace.client.post('/agents', body));
}
const connection = async (name: string): Promise<ConnectionView | undefined> =>
  (await workspace.client.need(workspace.client.get<Listed<ConnectionView>>('/connectors/connections'))).items.find(
    (one) => one.name === name,
  );

const HEARD = { type: 'object', properties: { heard: { type: 'object' } }, required: ['heard'], additionalProperties: false };

describe('an agent step', () => {
  it('gets what is mapped from payload and earlier outputs; its output is typed, its tokens and cost are recorded', async () => {
    await createAgent('echo', { output_schema: HEARD });
    const { client } = workspace;
    const graph = {
      steps: [
        { id: 'score', type: 'transform', output: { points: '${ payload.lead.visits * 10 }' } },
        {
          id: 'ask',
          type: 'agent',
          agent: 'echo',
          input: { lead: '${ payload.lead }', points: '${ steps.score.output.points }' },
        },
        { id: 'use', type: 'transform', output: '${ steps.ask.output.heard.points + 1 }' },
      ],
      edges: chain('score', 'ask', 'use'),
    };
    const run = await runToEnd(client, await publishFlow(client, { graph }), { lead: { id: 'l1', visits: 4 } });
    const input = { lead: { id: 'l1', visits: 4 }, points: 40 };
    expect(model.calls.map(askedOf)).toEqual([input]);
    expect(run).toMatchObject({ status: 'completed', output: 41 });
    const ask = await stepOf(client, run.id, 'ask');
    const tokens = TOKENS.prompt_tokens + TOKENS.completion_tokens;
    const cost = { amount: expect.closeTo(0.04, 6), currency: 'USD', tokens };
    expect(ask).toMatchObject({ input, output: { heard: input }, attempts: [{ number: 1, status: 'completed', cost }] });
    expect(run.cost).toMatchObject(cost);
    expect(model.calls[0]?.idempotencyKey).toBe(ask.id);
  });

  it('that answers what does not fit its schema is asked once more, then fails', async () => {
    await createAgent('sloppy', { output_schema: HEARD });
    const { client } = workspace;
    const graph = { steps: [{ id: 'ask', type: 'agent', agent: 'sloppy', input: { n: 1 } }], edges: [] };
    const workflow = await publishFlow(client, { graph });
    model.answerNext(completion({ heard: 5 }));
    expect(await runToEnd(client, workflow)).toMatchObject({ status: 'completed', output: { heard: { n: 1 } } });
    expect(model.calls).toHaveLength(2);
    model.reset();
    model.answer(completion({ heard: 5 }));
    expect(await runToEnd(client, workflow)).toMatchObject({ status: 'failed', error: { code: 'agent_output_invalid' } });
  });

  it('whose required connection is missing never starts', async () => {
    await createAgent('needy', { required_connections: ['warehouse'] });
    const { client } = workspace;
    const graph = {
      steps: [
        { id: 'ask', type: 'agent', agent: 'needy' },
        { id: 'after', type: 'transform', output: 1 },
      ],
      edges: chain('ask', 'after'),
    };
    const workflow = await publishFlow(client, { graph });
    const run = await runToEnd(client, workflow);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'connector_missing', class: 'non_retryable', step_id: 'ask' } });
    expect(run.error?.message).toContain('warehouse');
    expect(model.calls).toHaveLength(0);
    const [ask, ...others] = await stepsOf(client, run.id);
    expect(others).toEqual([]);
    // Refused before it ran: there is no attempt that began.
    expect(ask?.attempts.filter(({ started_at: startedAt }) => startedAt !== null)).toEqual([]);

    await connect('warehouse', 'noop', {});
    expect(await runToEnd(client, workflow)).toMatchObject({ status: 'completed' });
    expect(model.calls).toHaveLength(1);
  });
});

const update = (more: object = {}) => ({
  id: 'write',
  type: 'connector',
  connection: 'sink',
  action: 'leads.update',
  input: { lead_id: '${ payload.lead_id }', fields: { score: 7 } },
  retry: { max_attempts: 4, initial_interval: '100ms', jitter: false },
  ...more,
});
const writeFlow = (more: object = {}) => ({ graph: { steps: [update()], edges: [] }, ...more });

describe('a connector step', () => {
  it('writes to its sink under one key and with the same bytes, however often it has to', async () => {
    const { client } = workspace;
    crm.answerNext({ status: 503 }, { breakAfterEffect: true, body: { id: 'lead_1' } });
    const run = await runToEnd(client, await publishFlow(client, writeFlow()), { lead_id: 'lead_1' });
    expect(run).toMatchObject({ status: 'completed' });
    expect(crm.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(Array(3).fill('PATCH /leads/lead_1'));
    const write = await stepOf(client, run.id, 'write');
    expect(new Set(crm.calls.map(({ idempotencyKey }) => idempotencyKey))).toEqual(new Set([write.id]));
    expect(new Set(crm.calls.map(({ bodyHash }) => bodyHash)).size).toBe(1);
    expect(crm.effects).toHaveLength(1);
    expect(write.attempts.map(({ status }) => status)).toEqual(['failed', 'failed', 'completed']);
    expect(write.effects).toEqual([expect.objectContaining({})]);
  });

  it('is refused before any call when its input does not fit the action', async () => {
    const { client } = workspace;
    const run = await runToEnd(client, await publishFlow(client, writeFlow()), { lead_id: 5 });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'invalid_input' } });
    expect(crm.calls).toHaveLength(0);
  });
});

describe('a connection that needs re-authorisation', () => {
  it('makes runs wait, calls nobody meanwhile, and after it each of them has one effect', async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, writeFlow());
    crm.answer({ status: 401 });
    const first = await startRun(client, workflow, { lead_id: 'lead_1' });
    expect(await untilRun(client, first.id, ({ waiting_for }) => waiting_for === 'reauth')).toMatchObject({ status: 'waiting' });
    const sink = await eventually(async () => {
      const found = await connection('sink');
      return found?.status === 'needs_reauth' ? found : null;
    });
    expect(crm.calls).toHaveLength(1);

    // The provider is well again, but nobody has re-authorised yet: the next run does not even ask.
    crm.answer({ body: { id: 'lead_2' } });
    const second = await startRun(client, workflow, { lead_id: 'lead_2' });
    await untilRun(client, second.id, ({ waiting_for }) => waiting_for === 'reauth');
    expect(crm.calls).toHaveLength(1);

    const answer = await client.post<ConnectionView>(`/connectors/connections/${sink.id}/reauthorise`);
    expect(answer).toMatchObject({ status: 200, body: { status: 'connected' } });
    for (const { id } of [first, second]) expect(await endOf(client, id)).toMatchObject({ status: 'completed' });
    expect(crm.effects.map(({ path }) => path).sort()).toEqual(['/leads/lead_1', '/leads/lead_2']);
    expect(crm.calls).toHaveLength(3);
    expect(
      new Set(crm.calls.filter(({ path }) => path === '/leads/lead_1').map(({ idempotencyKey }) => idempotencyKey)).size,
    ).toBe(1);
  });

  it('lets a run that is resumed by hand try again, and wait again', async () => {
    const { client } = workspace;
    crm.answer({ status: 401 });
    const { id } = await startRun(client, await publishFlow(client, writeFlow()), { lead_id: 'lead_1' });
    await untilRun(client, id, ({ waiting_for }) => waiting_for === 'reauth');
    await client.post(`/flows/runs/${id}/resume`);
    await eventually(async () => (await stepOf(client, id, 'write')).attempts.length === 2);
    await untilRun(client, id, ({ waiting_for }) => waiting_for === 'reauth');
    expect((await getRun(client, id)).status).toBe('waiting');
  });

  it('fails runs fast that do not want to wait', async () => {
    const { client } = workspace;
    crm.answer({ status: 403 });
    const run = await runToEnd(client, await publishFlow(client, writeFlow({ settings: { on_reauth: 'fail' } })), {
      lead_id: 'l',
    });
    expect(run).toMatchObject({ status: 'failed', error: { class: 'auth', attempt: 1 } });
    expect(crm.calls).toHaveLength(1);
  });
});
