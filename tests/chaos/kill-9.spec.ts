import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServiceName } from '@flows/testkit';
import { Installation } from '../harness/installation.js';
import { expectInvariants } from '../invariants/expect-invariants.js';
import { callsByKey, endedRuns, enrollments, installLeadToSequence, segmentEntered } from '../harness/lead-to-sequence.js';

/**
 * Processes die by SIGKILL between two steps of their work, several at once, and come back. Every run completes, every effect
 * is applied once, and no key goes out with two different bodies.
 */
const LEADS = Array.from({ length: 6 }, (_, index) => `lead_00${10 + index}`);

interface Deaths {
  points: Partial<Record<ServiceName, string>>;
  /** How often a provider may hear of one effect because of them. */
  calls: number;
}
const DEATHS: [name: string, deaths: Deaths][] = [
  [
    'between commit and publish, and between ledger and report',
    {
      points: {
        'trigger-listener': 'listener.after_commit_before_publish',
        orchestrator: 'orchestrator.after_commit_before_publish',
        'step-executor': 'executor.after_ledger_before_report',
      },
      calls: 1,
    },
  ],
  [
    'between publish and offsets, and between the answer of the provider and the ledger',
    {
      points: {
        'trigger-listener': 'listener.after_publish_before_offsets',
        orchestrator: 'orchestrator.after_publish_before_offsets',
        // Nobody can know whether the provider has answered: it is asked again under the same key, and applies it once.
        'step-executor': 'executor.after_effect_before_ledger',
      },
      calls: 2,
    },
  ],
];

let installation: Installation | undefined;
afterEach(() => installation?.close());

describe('kill -9', () => {
  it.each(DEATHS)(
    '%s loses nothing and doubles nothing',
    async (_name, { points, calls }) => {
      const failpoints = Object.fromEntries(Object.entries(points).map(([service, point]) => [service, `${point}=kill@2`]));
      installation = await Installation.start({ failpoints });
      const workspace = await installation.createWorkspace();
      await installLeadToSequence(workspace);
      const revived = Object.keys(points).map(async (name) => {
        const service = name as ServiceName;
        expect(await installation!.service(service).exited).toEqual({ code: null, signal: 'SIGKILL' });
        await installation!.startAgain(service);
      });
      // One after the other, so that each service passes its point several times.
      for (const [index, lead] of LEADS.entries()) {
        await installation.produceLine(segmentEntered(workspace.id, lead));
        if (index === 0) await endedRuns(workspace, 1, 60_000);
      }
      await Promise.all(revived);

      const runs = await endedRuns(workspace, LEADS.length, 90_000);
      expect(runs.map((run) => run.status)).toEqual(LEADS.map(() => 'completed'));
      expect((await enrollments(workspace)).map((enrollment) => enrollment.lead_id).sort()).toEqual(LEADS);
      for (const call of await callsByKey(workspace)) {
        expect(call).toMatchObject({ applied: 1, body_sha256s: [expect.any(String)] });
        expect(call.count).toBeLessThanOrEqual(calls);
      }
      await expectInvariants(installation);
    },
    180_000,
  );

  it('of the gateway after it accepted a run and before it said so to anybody: the run is there and completes', async () => {
    installation = await Installation.start({ failpoints: { 'api-gateway': 'gateway.after_insert_before_publish=kill@1' } });
    const workspace = await installation.createWorkspace();
    const { workflowId } = await installLeadToSequence(workspace);
    const payload = {
      lead: { id: 'lead_0020', email: 'grace@example.com', title: 'CTO', company: { name: 'Navy', employees: 900 } },
    };
    await expect(workspace.client.post(`/flows/workflows/${workflowId}/runs`, { payload })).rejects.toThrow();
    const gateway = await installation.startAgain('api-gateway');
    const after = workspace.at(gateway.url());
    const [run] = await endedRuns(after, 1, 60_000);
    expect(run).toMatchObject({ status: 'completed', trigger: { type: 'api' } });
    await expectInvariants(installation);
  }, 120_000);
});
