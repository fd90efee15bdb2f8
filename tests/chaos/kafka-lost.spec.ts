import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromTypeId } from '@flows/contracts';
import { startKafka, type RunningKafka } from '@flows/infrastructure';
import { eventually } from '@flows/testkit';
import { orderFault, clearFaults } from '../harness/crm-faults.js';
import { eventLine } from '../harness/event-lines.js';
import { endOf, publishFlow, startRun, stepsOf, untilRun } from '../harness/flows.js';
import { Installation, type Workspace } from '../harness/installation.js';
import { SEQUENCE } from '../harness/lead-to-sequence.js';
import type { RunView } from '../harness/views.js';
import { expectInvariants } from '../invariants/expect-invariants.js';

/**
 * I0: Kafka is disposable. Runs of every kind are on their way when everything stops and all that the broker held is deleted; with empty
 * topics and the database alone, each run that was accepted still comes to its end, and no effect is applied twice.
 */
let broker: RunningKafka;
let dataDir: string;
let installation: Installation;
let workspace: Workspace;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flows-lost-'));
  broker = await startKafka({ dataDir, durable: false, log: () => undefined });
  installation = await Installation.start({ brokers: broker.brokers });
  workspace = await installation.createWorkspace();
}, 120_000);
afterAll(async () => {
  await installation?.close();
  await broker?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const enroll = (id: string, leadId: string) => ({
  id,
  type: 'connector',
  connection: 'crm',
  action: 'sequences.add_lead',
  timeout: '8s',
  // The CRM says 409 for as long as the call that hung is not done.
  retry: { max_attempts: 20, backoff: 1 },
  input: { sequence_id: SEQUENCE, lead_id: leadId },
});
const only = (...steps: object[]) => ({ graph: { steps, edges: [] } });

async function start(flow: { graph: { steps: object[]; edges: object[] } }, payload: object = {}): Promise<string> {
  const workflowId = await publishFlow(workspace.client, flow);
  let view: RunView | undefined;
  await installation.history.note('start', async () => {
    view = await startRun(workspace.client, workflowId, payload);
    return fromTypeId('run', view.id);
  });
  if (view === undefined) throw new Error('The run was not accepted');
  return view.id;
}

async function startAll(): Promise<Record<string, string>> {
  // Calls hang while the runs are brought on their way, and some time beyond.
  await orderFault(workspace, { path_pattern: '/sequences/**', method: 'POST', delay_ms: 10_000, times: null });
  const runs = {
    midStep: await start(only(enroll('add', '${ payload.lead }')), { lead: 'lead_0010' }),
    timer: await start(only({ id: 'nap', type: 'wait', for: '6s' })),
    event: await start(only({ id: 'hear', type: 'wait', event: { type: 'deal.won', match: 'event.subject == "d1"' } })),
    approval: await start(only({ id: 'ask', type: 'approval', input: { what: 'to do' } })),
    foreach: await start(
      only({
        id: 'each',
        type: 'foreach',
        items: 'payload.leads',
        concurrency: 2,
        graph: { steps: [enroll('add', '${ item }')], edges: [] },
      }),
      { leads: ['lead_0011', 'lead_0012', 'lead_0013', 'lead_0014'] },
    ),
  };
  await untilRun(workspace.client, runs.timer, ({ status }) => status === 'waiting');
  await untilRun(workspace.client, runs.event, ({ waiting_for }) => waiting_for === 'event');
  await untilRun(workspace.client, runs.approval, ({ waiting_for }) => waiting_for === 'approval');
  await eventually(async () => {
    const answer = await fetch(`${workspace.crm.url}/calls`);
    // The one step, and as many items as go side by side.
    return ((await answer.json()) as { items: unknown[] }).items.length >= 3;
  });
  return runs;
}

/** One run whose request lies on the topic unread, and one whose request was never published. */
async function startUnheard(): Promise<Record<string, string>> {
  await installation.service('orchestrator').kill9();
  const unread = await start(only(enroll('add', 'lead_0015')));
  await broker.kill9();
  // Accepted by the database alone: nothing can be published any more.
  const workflowId = (await workspace.client.need(workspace.client.get<RunView>(`/flows/runs/${unread}`))).workflow_id;
  void workspace.client.post(`/flows/workflows/${workflowId}/runs`, { payload: {} }).catch(() => undefined);
  const unpublished = await eventually(async () => {
    const { items } = await workspace.client.need(workspace.client.get<{ items: RunView[] }>('/flows/runs?limit=200'));
    return items.find((run) => run.workflow_id === workflowId && run.id !== unread)?.id;
  });
  return { unread, unpublished };
}

describe('all that Kafka held is lost', () => {
  it('and every accepted run comes to its end', async () => {
    const runs = { ...(await startAll()), ...(await startUnheard()) };
    await Promise.all([...installation.services.values()].map((service) => service.kill9()));
    await broker.loseData();
    installation.wounds.kafkaLostAt = Date.now();
    await clearFaults(workspace);
    await installation.ensureTopics();
    await Promise.all([...installation.services.keys()].map((name) => installation.startAgain(name)));
    const { client } = workspace.at(installation.gatewayUrl);

    await installation.produceLine(eventLine(workspace.id, 'deal.won', 'd1'));
    const [asked] = await stepsOf(client, runs['approval'] as string);
    await client.need(client.post(`/flows/runs/${runs['approval']}/steps/${asked?.id}/approve`));
    const ended = await Promise.all(Object.values(runs).map((id) => endOf(client, id, 60_000)));
    expect(Object.fromEntries(Object.keys(runs).map((name, index) => [name, ended[index]?.status]))).toEqual(
      Object.fromEntries(Object.keys(runs).map((name) => [name, 'completed'])),
    );
    const judged = await expectInvariants(installation);
    expect(judged.runs).toBeGreaterThanOrEqual(Object.keys(runs).length + 4);
  }, 180_000);
});
