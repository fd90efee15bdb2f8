import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Installation } from '../harness/installation.js';
import { ProcessNemesis } from '../harness/process-nemesis.js';
import { SeededRandom } from '../harness/seeded-random.js';
import { quiesce } from '../invariants/evidence/quiesce.js';
import { expectInvariants } from '../invariants/expect-invariants.js';
import { MixedLoad } from './mixed-load.js';

/** Every build plays the same plan; `CHAOS_SEED` plays another, `CHAOS_MS` makes it longer. */
const SEED_OF_BUILDS = 57;
const SEED = Number(process.env['CHAOS_SEED'] ?? SEED_OF_BUILDS);
const LOAD_MS = Number(process.env['CHAOS_MS'] ?? 28_000);
/** Silent members of groups, leases of the dead, sweeps: each has its time, some after another. */
const REST_MS = 75_000;

/** A command that lies in the partition of a dead executor is begun by the next one, which only then asks whether its run is cancelled. */
const TAKEOVER_MS = 60_000;

let installation: Installation;
let provider: RecordingProvider;
beforeAll(async () => {
  [installation, provider] = await Promise.all([Installation.start(), startRecordingProvider()]);
  installation.providers.push(provider);
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});

describe('processes that die and stand still at any time', () => {
  it(
    `break no invariant (CHAOS_SEED=${SEED})`,
    async () => {
      const random = new SeededRandom(SEED);
      const load = new MixedLoad(installation, await installation.createWorkspace(), provider, new SeededRandom(SEED + 1));
      await load.prepare();
      const nemesis = new ProcessNemesis(installation, random);
      await Promise.all([nemesis.seatReplica('orchestrator'), nemesis.seatReplica('step-executor')]);
      const rage = nemesis.rage();
      const acts = await load.run(LOAD_MS);
      await nemesis.heal();
      await rage;
      try {
        await quiesce(installation, { timeoutMs: REST_MS });
        const judged = await expectInvariants(installation, { faults: true, cancelSlackMs: TAKEOVER_MS });
        process.stderr.write(`seed ${SEED}: ${nemesis.kills} kills, ${acts} acts, ${JSON.stringify(judged)}\n`);
        expect(judged.runs).toBeGreaterThan(acts / 4);
      } catch (error) {
        const logs = join(tmpdir(), `flows-logs-${process.pid}.txt`);
        await writeFile(logs, nemesis.logs().join('\n'));
        const told = [`Seed ${SEED}. ${(error as Error).message}`, ...nemesis.log, `Logs of those who live: ${logs}`];
        throw new Error(told.join('\n'), { cause: error });
      }
      const heeded = installation.history.operations.filter(({ op, outcome }) => op !== 'start' && outcome === 'ok');
      expect(new Set(heeded.map(({ op }) => op)).size).toBeGreaterThan(1);
      expect(nemesis.kills).toBeGreaterThan(3);
      expect(nemesis.zombies).toBe(1);
    },
    LOAD_MS + REST_MS + 60_000,
  );
});
