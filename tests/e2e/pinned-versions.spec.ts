import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventLine } from '../harness/event-lines.js';
import {
  chain,
  getRun,
  mapInParallel,
  publishAgain,
  publishFlow,
  runToEnd,
  startRuns,
  stepsOf,
  untilCounted,
  untilEnded,
} from '../harness/flows.js';
import { Installation, type Workspace } from '../harness/installation.js';

/** A run ends on the version that it began with (acceptance row 19), whatever is published meanwhile. */
const RUNS = 1_000;
let installation: Installation;
let workspace: Workspace;

beforeAll(async () => {
  installation = await Installation.start();
  workspace = await installation.createWorkspace();
}, 90_000);
afterAll(() => installation?.close());

/** Both versions wait for the same event, and differ in everything after it. */
const graphOf = (version: number, after: string[]) => ({
  steps: [
    { id: 'go', type: 'wait', event: { type: 'custom.go' } },
    ...after.map((id) => ({ id, type: 'transform', output: { by: `v${version}`, n: '${ payload.n }' } })),
  ],
  edges: chain('go', ...after),
});

describe('publishing version 2', () => {
  it('changes nothing for 1,000 runs of version 1 that wait: all end with its steps; new runs take version 2', async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, { graph: graphOf(1, ['old_one', 'old_two']) });
    const runs = await startRuns(
      client,
      workflow,
      Array.from({ length: RUNS }, (_, n) => ({ n })),
    );
    await untilCounted(client, workflow, ['waiting'], RUNS);
    await publishAgain(client, workflow, graphOf(2, ['new_one']));
    const [newer] = await startRuns(client, workflow, [{ n: 'new' }]);
    await untilCounted(client, workflow, ['waiting'], RUNS + 1);

    const sentAt = Date.now();
    await installation.produceLine(eventLine(workspace.id, 'custom.go', 'everybody'));
    await untilEnded(client, workflow, RUNS + 1);
    console.log(`one event let ${RUNS + 1} runs go on and end within ${Date.now() - sentAt} ms`);

    const ended = await mapInParallel(runs, async ({ id }) => ({
      run: await getRun(client, id),
      steps: await stepsOf(client, id),
    }));
    for (const [n, { run, steps }] of ended.entries()) {
      expect(run).toMatchObject({ status: 'completed', version: 1, output: { by: 'v1', n } });
      expect(steps.map(({ step_id }) => step_id)).toEqual(['go', 'old_one', 'old_two']);
    }
    expect(await getRun(client, newer?.id ?? '')).toMatchObject({ version: 2, output: { by: 'v2', n: 'new' } });
  }, 120_000);

  it("leaves no doubt about a run: it names one version, and its trace has that version's steps only", async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, { graph: { steps: [{ id: 'v1', type: 'transform', output: 1 }], edges: [] } });
    for (let version = 2; version <= 4; version += 1) {
      const publishing = publishAgain(client, workflow, {
        steps: [{ id: `v${version}`, type: 'transform', output: version }],
        edges: [],
      });
      const during = await Promise.all(Array.from({ length: 20 }, () => runToEnd(client, workflow)));
      await publishing;
      for (const run of during) {
        expect([version - 1, version]).toContain(run.version);
        expect(run.output).toBe(run.version);
        expect((await stepsOf(client, run.id)).map(({ step_id }) => step_id)).toEqual([`v${run.version}`]);
      }
      expect((await runToEnd(client, workflow)).version).toBe(version);
    }
  });
});
