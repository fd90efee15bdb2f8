import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Installation, type Workspace } from '../harness/installation.js';
import { publishFlow, startRuns, untilCounted, walk } from '../harness/flows.js';
import type { BulkJobView, PageOf, RunView } from '../harness/views.js';

/** One action over all runs that a filter finds: with progress, and it can be stopped. */
let installation: Installation;
let provider: RecordingProvider;
let workspace: Workspace;

beforeAll(async () => {
  [installation, provider] = await Promise.all([Installation.start(), startRecordingProvider()]);
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});
beforeEach(async () => {
  provider.reset();
  workspace = await installation.createWorkspace();
});

const one = (step: object) => ({ graph: { steps: [step], edges: [] } });
const payloads = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const countOf = async (workflow: string, status: string): Promise<number> =>
  (
    await workspace.client.need(
      workspace.client.get<PageOf<RunView>>(`/flows/workflows/${workflow}/runs?limit=1&status=${status}`),
    )
  ).total;

async function begin(action: string, filter: object, options?: object): Promise<BulkJobView> {
  const answer = await workspace.client.post<BulkJobView>('/flows/runs/bulk', { action, filter, options });
  expect(answer.status).toBe(202);
  return answer.body;
}
function endOfJob(id: string): Promise<BulkJobView> {
  return eventually(
    async () => {
      const job = await workspace.client.need(workspace.client.get<BulkJobView>(`/flows/runs/bulk/${id}`));
      return job.status === 'running' ? null : job;
    },
    { timeoutMs: 30_000, pollMs: 20, what: 'the end of the bulk job' },
  );
}
/** A workflow with so many runs that wait. */
async function waitingRuns(count: number): Promise<string> {
  const workflow = await publishFlow(workspace.client, one({ id: 'nap', type: 'wait', for: '1h' }));
  await startRuns(workspace.client, workflow, payloads(count));
  await untilCounted(workspace.client, workflow, ['waiting'], count);
  return workflow;
}

describe('a bulk job', () => {
  it('cancels all runs that the filter finds and no others', async () => {
    const [mine, other] = [await waitingRuns(450), await waitingRuns(5)];
    const job = await begin('cancel', { workflow_id: mine, status: ['waiting'] }, { reason: 'a mistake' });
    expect(await endOfJob(job.id)).toMatchObject({ status: 'completed', total: 450, done: 450, refused: 0 });
    await untilCounted(workspace.client, mine, ['cancelled'], 450);
    expect(await countOf(other, 'waiting')).toBe(5);
  }, 60_000);

  it('retries what failed, and tells which runs it could not', async () => {
    const { client } = workspace;
    provider.answer({ status: 400 });
    const step = { id: 'call', type: 'http', method: 'POST', url: `${provider.url}/x`, retry: { max_attempts: 1 } };
    const workflow = await publishFlow(client, one(step));
    await startRuns(client, workflow, payloads(40));
    await untilCounted(client, workflow, ['failed'], 40);
    provider.answer({});
    await startRuns(client, workflow, payloads(3));
    await untilCounted(client, workflow, ['completed'], 3);
    const job = await begin('retry', { workflow_id: workflow });
    const ended = await endOfJob(job.id);
    expect(ended).toMatchObject({ status: 'completed', total: 43, done: 40, refused: 3 });
    expect(ended.last_refusals.map(({ code }) => code)).toEqual(Array(3).fill('run_state_conflict'));
    await untilCounted(client, workflow, ['completed'], 43);
    expect(provider.effects).toHaveLength(43);
  }, 60_000);

  it('replays: one new run for each one found, none for those that it makes', async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, one({ id: 'say', type: 'transform', output: '${ payload.n }' }));
    const old = await startRuns(client, workflow, payloads(60));
    await untilCounted(client, workflow, ['completed'], 60);
    const job = await begin('replay', { workflow_id: workflow }, { version: 'current' });
    expect(await endOfJob(job.id)).toMatchObject({ status: 'completed', total: 60, done: 60 });
    await untilCounted(client, workflow, ['completed'], 120);
    const runs = await walk<RunView>(client, `/flows/workflows/${workflow}/runs`);
    expect(runs).toHaveLength(120);
    expect(runs.flatMap(({ replay_of: of }) => of ?? []).sort()).toEqual(old.map(({ id }) => id).sort());
  }, 60_000);

  it('can be stopped: what was done stays done, the rest is left alone', async () => {
    const { client } = workspace;
    const workflow = await waitingRuns(1_200);
    const job = await begin('pause', { workflow_id: workflow });
    const stopped = await client.post<BulkJobView>(`/flows/runs/bulk/${job.id}/stop`);
    expect([200, 202]).toContain(stopped.status);
    const ended = await endOfJob(job.id);
    expect(ended).toMatchObject({ status: 'stopped', total: 1_200 });
    expect(ended.done).toBeLessThan(1_200);
    await untilCounted(client, workflow, ['paused'], ended.done);
    expect([await countOf(workflow, 'paused'), await countOf(workflow, 'waiting')]).toEqual([ended.done, 1_200 - ended.done]);
    expect((await client.post(`/flows/runs/bulk/${job.id}/stop`)).status).toBe(200);
  }, 60_000);
});
