import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka, type RunningKafka } from '@flows/infrastructure';
import { Installation } from '../harness/installation.js';
import { expectInvariants } from '../invariants/expect-invariants.js';
import { callsByKey, endedRuns, enrollments, installLeadToSequence, segmentEntered } from '../harness/lead-to-sequence.js';

/** A broker of the test's own dies by SIGKILL in the middle of the work and comes back on the same address. */
const LEADS = Array.from({ length: 20 }, (_, index) => `lead_00${10 + index}`);
let broker: RunningKafka;
let dataDir: string;
let installation: Installation;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flows-broker-'));
  broker = await startKafka({ dataDir, durable: true, log: () => undefined });
  installation = await Installation.start({ brokers: broker.brokers });
}, 120_000);
afterAll(async () => {
  await installation?.close();
  await broker?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a broker that is killed', () => {
  it('costs no run and no second effect', async () => {
    const workspace = await installation.createWorkspace();
    await installLeadToSequence(workspace);
    for (const lead of LEADS) await installation.produceLine(segmentEntered(workspace.id, lead));
    await endedRuns(workspace, 1);
    await broker.kill9();
    await broker.restart();
    const runs = await endedRuns(workspace, LEADS.length, 90_000);
    expect(runs.map((run) => run.status)).toEqual(LEADS.map(() => 'completed'));
    expect((await enrollments(workspace)).map((enrollment) => enrollment.lead_id).sort()).toEqual(LEADS);
    for (const call of await callsByKey(workspace)) expect(call).toMatchObject({ count: 1, applied: 1 });
    await expectInvariants(installation, { faults: true });
  }, 150_000);
});
