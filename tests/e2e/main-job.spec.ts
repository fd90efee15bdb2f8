import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@flows/testkit';
import { Installation, type Workspace } from '../harness/installation.js';
import { expectInvariants } from '../invariants/expect-invariants.js';
import type { DeadLetterView, Listed, StepView } from '../harness/views.js';
import { endedRuns, enrollments, installLeadToSequence, segmentEntered } from '../harness/lead-to-sequence.js';

/** The product's main job from outside: a line on Kafka in, an enrolment in the CRM out, and an explanation of all between. */
let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start();
}, 90_000);
afterAll(() => installation.close());

async function newWorkspace(inputs: Record<string, unknown> = {}): Promise<Workspace> {
  const workspace = await installation.createWorkspace();
  await installLeadToSequence(workspace, inputs);
  return workspace;
}

describe('a CRM event on Kafka', () => {
  it('starts exactly one run, however often it is delivered, and the run shows what it did', async () => {
    const workspace = await newWorkspace();
    const line = segmentEntered(workspace.id, 'lead_0001');
    await installation.produceLine(line);
    const [run] = await endedRuns(workspace, 1);
    expect(run).toMatchObject({
      status: 'completed',
      trigger: { type: 'crm_event', event_id: (JSON.parse(line) as { id: string }).id },
    });

    for (let copy = 0; copy < 5; copy += 1) await installation.produceLine(line);
    const other = segmentEntered(workspace.id, 'lead_0002');
    await installation.produceLine(other);
    // The other event went through the same partitions after the copies: what the copies could start is there by now.
    expect(await endedRuns(workspace, 2)).toHaveLength(2);

    const { items: steps } = await workspace.client.need(workspace.client.get<Listed<StepView>>(`/flows/runs/${run?.id}/steps`));
    expect(steps.map((step) => [step.step_id, step.status])).toEqual(
      expect.arrayContaining([
        ['enrich', 'completed'],
        ['qualified', 'completed'],
        ['add', 'completed'],
      ]),
    );
    const add = steps.find((step) => step.step_id === 'add');
    expect(add?.input).toMatchObject({ lead_id: 'lead_0001', sequence_id: 'seq_welcome' });
    expect(add?.output).toMatchObject({ sequence_id: 'seq_welcome' });
    expect(add?.attempts).toEqual([expect.objectContaining({ number: 1, status: 'completed', executor: expect.any(String) })]);
    const enrich = steps.find((step) => step.step_id === 'enrich');
    expect(enrich?.input).toMatchObject({ lead: { id: 'lead_0001' } });
    expect(enrich?.output).toMatchObject({ score: expect.any(Number) });
    expect((await enrollments(workspace)).filter((enrollment) => enrollment.lead_id === 'lead_0001')).toHaveLength(1);
  });

  it('takes the other path for a lead that does not qualify', async () => {
    const workspace = await newWorkspace({ min_score: 100 });
    await installation.produceLine(segmentEntered(workspace.id, 'lead_0003'));
    const [run] = await endedRuns(workspace, 1);
    expect(run).toMatchObject({ status: 'completed', error: null });
    expect(await enrollments(workspace)).toHaveLength(0);
  });

  it('is a dead letter with its reason when it cannot be read, and never blocks the next one', async () => {
    const workspace = await newWorkspace();
    const unknownWorkspace = segmentEntered('ws_01h455vb4pex5vsknk084sn02q', 'lead_0004');
    const { data: _, ...withoutData } = JSON.parse(segmentEntered(workspace.id, 'lead_0005')) as Record<string, unknown>;
    const withoutLead = segmentEntered(workspace.id, 'lead_0006', { data: { segment_id: 'seg_hot_leads' } });
    for (const bad of ['this is not JSON', unknownWorkspace, JSON.stringify(withoutData), withoutLead])
      await installation.produceLine(bad);
    const sentAt = Date.now();
    await installation.produceLine(segmentEntered(workspace.id, 'lead_0007'));
    const [run] = await endedRuns(workspace, 1);
    expect(run?.status).toBe('completed');
    expect(Date.parse(run?.created_at ?? '') - sentAt).toBeLessThan(2_000);

    const letters = await eventually(async () => {
      const { items } = await installation.admin.need(
        installation.admin.get<Listed<DeadLetterView>>('/flows/dead-letters?limit=200'),
      );
      return items.length >= 4 ? items : undefined;
    });
    const reasons = letters.map((letter) => letter.reason.code);
    expect(reasons).toEqual(expect.arrayContaining(['not_json', 'unknown_workspace']));
    const texts = JSON.stringify(letters);
    expect(texts).toContain('data');
    expect(texts).toContain('lead_id');
    // The workspace sees its own, and not those of the installation.
    const own = await workspace.client.need(workspace.client.get<Listed<DeadLetterView>>('/flows/dead-letters'));
    expect(own.items.length).toBeGreaterThan(0);
    expect(JSON.stringify(own)).not.toContain('this is not JSON');
  });
});

describe('large data', () => {
  it('goes through a run: inputs and outputs near the limit of 1 MiB, and more than ASCII', async () => {
    const workspace = await installation.createWorkspace();
    const { client } = workspace;
    await client.need(client.post('/connectors/connections', { name: 'echo', provider: 'noop', role: 'both', config: {} }));
    const { id } = await client.need(
      client.post<{ id: string }>('/flows/workflows', {
        name: 'large',
        graph: {
          steps: [
            { id: 'one', type: 'transform', output: { a: '${ payload.text }', b: '${ payload.text }', c: '${ payload.text }' } },
            { id: 'two', type: 'connector', connection: 'echo', action: 'noop.run', input: '${ steps.one.output }' },
          ],
          edges: [{ from: 'one', to: 'two' }],
        },
      }),
    );
    await client.need(client.post(`/flows/workflows/${id}/publish`));
    const text = 'ä€'.repeat(45_000);
    await client.need(client.post(`/flows/workflows/${id}/runs`, { payload: { text } }));
    const [run] = await endedRuns(workspace, 1);
    const { items } = await client.need(client.get<Listed<StepView>>(`/flows/runs/${run?.id}/steps`));
    expect(items.find((step) => step.step_id === 'one')?.output).toEqual({ a: text, b: text, c: text });
    expect(items.find((step) => step.step_id === 'two')).toMatchObject({
      status: 'completed',
      input: { a: text, b: text, c: text },
      output: { a: text, b: text, c: text },
    });
    expect(run).toMatchObject({ status: 'completed', error: null });
  });
});

describe('all that was done', () => {
  it('leaves every invariant whole', async () => {
    expect((await expectInvariants(installation)).runs).toBeGreaterThan(0);
  });
});
