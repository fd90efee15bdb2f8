import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, type ServiceName } from '@flows/testkit';
import { Installation } from '../harness/installation.js';
import { callsByKey, endedRuns, enrollments, installLeadToSequence, segmentEntered } from '../harness/lead-to-sequence.js';

/**
 * Processes die by SIGKILL between any two steps of their work, and come back. Every run completes, every effect is applied
 * once, and no key goes out with two different bodies.
 */
const LEADS = Array.from({ length: 5 }, (_, index) => `lead_00${10 + index}`);

/** Where it dies, and how often a provider may be called for one effect because of that. */
const DEATHS: [service: ServiceName, point: string, calls: number][] = [
  ['trigger-listener', 'listener.after_commit_before_publish', 1],
  ['orchestrator', 'orchestrator.after_commit_before_publish', 1],
  ['orchestrator', 'orchestrator.after_publish_before_offsets', 1],
  // Nobody can know whether the provider has answered: it is asked again under the same key, and applies it once.
  ['step-executor', 'executor.after_effect_before_ledger', 2],
  ['step-executor', 'executor.after_ledger_before_report', 1],
];

let installation: Installation | undefined;
afterEach(() => installation?.close());

describe('kill -9', () => {
  it.each(DEATHS)('of the %s at %s loses nothing and doubles nothing', async (service, point, calls) => {
    installation = await Installation.start({ failpoints: { [service]: `${point}=kill@2` } });
    const workspace = await installation.createWorkspace();
    await installLeadToSequence(workspace);
    const dying = installation.service(service);
    for (const lead of LEADS) {
      await installation.produceLine(segmentEntered(workspace.id, lead));
      await eventually(async () => (await workspace.client.need(workspace.client.get('/flows/runs'))).items.length > 0 || undefined, { what: 'a first run' });
    }
    expect(await dying.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await installation.startAgain(service);

    const runs = await endedRuns(workspace, LEADS.length, 60_000);
    expect(runs.map((run) => run.status)).toEqual(LEADS.map(() => 'completed'));
    expect((await enrollments(workspace)).map((enrollment) => enrollment.lead_id).sort()).toEqual(LEADS);
    for (const call of await callsByKey(workspace)) {
      expect(call).toMatchObject({ applied: 1, body_sha256s: [expect.any(String)] });
      expect(call.count).toBeLessThanOrEqual(calls);
    }
  }, 120_000);
});
