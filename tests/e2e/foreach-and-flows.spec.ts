import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Gate } from '../harness/gate.js';
import { Installation, type Workspace } from '../harness/installation.js';
import {
  control,
  endOf,
  getRun,
  mapInParallel,
  publishAgain,
  publishFlow,
  runToEnd,
  startRun,
  stepOf,
  untilRun,
  walk,
} from '../harness/flows.js';
import { SeededRandom } from '../harness/seeded-random.js';
import type { RunView, StepView } from '../harness/views.js';

/** Child runs: the items of a loop, and other workflows. */
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
const loop = (steps: object[], more: object = {}, edges: object[] = []) => ({
  id: 'loop',
  type: 'foreach',
  items: 'payload.items',
  graph: { steps, edges },
  ...more,
});
const callItem = (more: object = {}) => ({
  id: 'call',
  type: 'http',
  method: 'POST',
  url: `${provider.url}/item/\${ item }`,
  retry: { max_attempts: 1 },
  ...more,
});
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('a foreach step', () => {
  it('collects outputs in the order of the items, however they end, and never has more of them at work than it may', async () => {
    const { client } = workspace;
    const random = new SeededRandom(7);
    let atWork = 0;
    let most = 0;
    provider.answer(async ({ path }) => {
      most = Math.max(most, (atWork += 1));
      await new Promise((resolve) => setTimeout(resolve, 5 + random.below(40)));
      atWork -= 1;
      return { body: { n: Number(path.split('/')[2]) } };
    });
    const step = loop(
      [callItem(), { id: 'say', type: 'transform', output: '${ steps.call.output.body.n * 10 }' }],
      { concurrency: 6 },
      [{ from: 'call', to: 'say' }],
    );
    const run = await runToEnd(client, await publishFlow(client, one(step)), { items: numbers(60) });
    expect(run).toMatchObject({ status: 'completed', output: numbers(60).map((n) => n * 10) });
    expect(most).toBe(6);
    expect(provider.effects).toHaveLength(60);
    expect(new Set(provider.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(60);
    // Items are no runs of the list, but each is one that can be looked at.
    expect((await walk<RunView>(client, '/flows/runs')).map(({ id }) => id)).toEqual([run.id]);
    const [item] = await walk<StepView>(client, `/flows/runs/${run.id}/steps?step_id=loop&index=30`);
    expect(await getRun(client, item?.run_id ?? '')).toMatchObject({ parent_run_id: run.id, status: 'completed', output: 300 });
  });

  it('halts at the first item that fails: what had not begun never begins', async () => {
    const { client } = workspace;
    provider.answer(({ path }) => (path === '/item/3' ? { status: 400 } : {}));
    const run = await runToEnd(client, await publishFlow(client, one(loop([callItem()], { concurrency: 1 }))), {
      items: numbers(9),
    });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'item_failed', step_id: 'loop', details: { index: 3 } } });
    expect(provider.calls.map(({ path }) => path)).toEqual(numbers(4).map((n) => `/item/${n}`));
  });

  it('goes on past items that fail when told so, with null in their places', async () => {
    const { client } = workspace;
    provider.answer(({ path }) => (/[36]$/.test(path) ? { status: 400 } : { body: { ok: true } }));
    const step = loop([{ ...callItem() }], { on_item_error: 'continue', concurrency: 3 });
    const run = await runToEnd(client, await publishFlow(client, one(step)), { items: numbers(8) });
    expect(run.status).toBe('completed');
    const outputs = (run.output as ({ body: unknown } | null)[]).map((output) => output?.body ?? null);
    expect(outputs).toEqual(numbers(8).map((n) => (n === 3 || n === 6 ? null : { ok: true })));
    expect((await stepOf(client, run.id, 'loop')).children).toMatchObject({ total: 8, failed: 2 });
  });

  it('of a fallback takes the error of its item', async () => {
    const { client } = workspace;
    provider.answer({ status: 400 });
    const fallback = { id: 'else', type: 'transform', output: '${ string(item) + steps.call.error.code }' };
    const step = loop([callItem({ on_error: { goto: 'else' } }), fallback]);
    const run = await runToEnd(client, await publishFlow(client, one(step)), { items: numbers(2) });
    expect(run).toMatchObject({ status: 'completed', output: ['0provider_refused', '1provider_refused'] });
  });

  it('may stand in another one, and sees the outer steps', async () => {
    const { client } = workspace;
    const inner = {
      id: 'inner',
      type: 'foreach',
      items: 'item.cells',
      graph: {
        steps: [{ id: 'cell', type: 'transform', output: '${ item + steps.row.output + steps.base.output }' }],
        edges: [],
      },
    };
    const graph = {
      steps: [
        { id: 'base', type: 'transform', output: 1000 },
        {
          ...loop([{ id: 'row', type: 'transform', output: '${ index * 100 }' }, inner], { items: 'payload.rows' }, [
            { from: 'row', to: 'inner' },
          ]),
        },
      ],
      edges: [{ from: 'base', to: 'loop' }],
    };
    const payload = { rows: [{ cells: [1, 2] }, { cells: [] }, { cells: [3] }] };
    expect(await runToEnd(client, await publishFlow(client, { graph }), payload)).toMatchObject({
      status: 'completed',
      output: [[1001, 1002], [], [1203]],
    });
  });

  it('takes 10,000 items and no more; a list is what it takes', async () => {
    const { client } = workspace;
    const step = loop([{ id: 'next', type: 'transform', output: '${ item + 1 }' }], { concurrency: 500 });
    const workflow = await publishFlow(client, one(step));
    const began = Date.now();
    const run = await endOf(client, (await startRun(client, workflow, { items: numbers(10_000) })).id, 120_000);
    console.log(`10,000 items in ${Date.now() - began} ms`);
    expect(run.status).toBe('completed');
    expect(run.output).toEqual(numbers(10_000).map((n) => n + 1));
    expect(await runToEnd(client, workflow, { items: numbers(10_001) })).toMatchObject({
      status: 'failed',
      error: { code: 'too_many_items', step_id: 'loop' },
    });
    expect(await runToEnd(client, workflow, { items: 'abc' })).toMatchObject({ error: { code: 'items_not_a_list' } });
    expect(await runToEnd(client, workflow, { items: [] })).toMatchObject({ status: 'completed', output: [] });
  }, 150_000);

  it('that is paused begins no further item, and goes on where it was', async () => {
    const { client } = workspace;
    const gate = new Gate();
    provider.answer(async ({ path }) => {
      if (path === '/item/2') await gate.opened;
      return {};
    });
    const { id } = await startRun(client, await publishFlow(client, one(loop([callItem()], { concurrency: 1 }))), {
      items: numbers(6),
    });
    await eventually(() => provider.calls.length === 3);
    await control(client, id, 'pause');
    gate.open();
    // What is at work ends and is recorded; its item is paused with the run.
    await eventually(async () => {
      const [call] = await walk<StepView>(client, `/flows/runs/${id}/steps?step_id=loop&index=2`);
      return call?.status === 'completed';
    });
    await runToEnd(client, await publishFlow(client, one(loop([callItem()], { items: '[7]' }))));
    expect(provider.calls.map(({ path }) => path)).toEqual([...numbers(3), 7].map((n) => `/item/${n}`));
    await control(client, id, 'resume');
    expect(await endOf(client, id)).toMatchObject({ status: 'completed' });
    expect(provider.calls.map(({ path }) => path)).toEqual([0, 1, 2, 7, 3, 4, 5].map((n) => `/item/${n}`));
  });
});

describe('a flow step', () => {
  const child = (step: object) => publishFlow(workspace.client, { name: 'child', ...one(step) });
  const calling = (more: object = {}) =>
    publishFlow(workspace.client, one({ id: 'sub', type: 'flow', workflow: 'child', input: { n: '${ payload.n }' }, ...more }));

  it('runs another workflow and goes on with its output', async () => {
    const { client } = workspace;
    await child({ id: 'double', type: 'transform', output: { doubled: '${ payload.n * 2 }' } });
    const run = await runToEnd(client, await calling(), { n: 21 });
    expect(run).toMatchObject({ status: 'completed', output: { doubled: 42 } });
    const children = await walk<RunView>(client, `/flows/runs?parent_run_id=${run.id}`);
    expect(children).toMatchObject([{ status: 'completed', parent_run_id: run.id, trigger: { type: 'flow' } }]);
    expect((await stepOf(client, run.id, 'sub')).child_run_ids).toEqual(children.map(({ id }) => id));
  });

  it('fails with its child, and says which run and why', async () => {
    const { client } = workspace;
    provider.answer({ status: 400, body: { detail: 'no' } });
    await child({ id: 'call', type: 'http', url: `${provider.url}/x`, retry: { max_attempts: 1 } });
    const run = await runToEnd(client, await calling(), { n: 1 });
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: 'child_failed', step_id: 'sub', details: { error: { code: 'provider_refused' } } },
    });
  });

  it('need not wait: it ends at once, and the child outlives it', async () => {
    const { client } = workspace;
    await child({ id: 'nap', type: 'wait', for: '1s' });
    const run = await runToEnd(client, await calling({ wait: false }), { n: 1 });
    const { run_id: childId } = run.output as { run_id: string };
    expect(run.status).toBe('completed');
    expect((await getRun(client, childId)).status).not.toBe('completed');
    expect(await endOf(client, childId)).toMatchObject({ status: 'completed' });
  });

  it('stops at nine runs in one another', async () => {
    const { client } = workspace;
    const workflow = await child({ id: 'first', type: 'transform', output: 1 });
    await publishAgain(client, workflow, one({ id: 'again', type: 'flow', workflow, input: { n: 1 } }).graph);
    const run = await runToEnd(client, workflow, { n: 1 });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'child_failed' } });
    const runs = await walk<RunView>(client, `/flows/workflows/${workflow}/runs`);
    expect(runs).toHaveLength(9);
    expect(runs.filter(({ error }) => error?.code === 'run_depth_exceeded')).toHaveLength(1);
  });
});

describe('cancel', () => {
  it('goes down to children and items, and what they have at work is given up', async () => {
    const { client } = workspace;
    provider.answer({ hang: true });
    await publishFlow(client, {
      name: 'child',
      ...one({ id: 'call', type: 'http', method: 'POST', url: `${provider.url}/child` }),
    });
    const graph = {
      steps: [loop([callItem()], { concurrency: 4 }), { id: 'sub', type: 'flow', workflow: 'child' }],
      edges: [],
    };
    const { id } = await startRun(client, await publishFlow(client, { graph }), { items: numbers(8) });
    await eventually(() => provider.calls.length === 5);
    const items = await walk<StepView>(client, `/flows/runs/${id}/steps?within=loop`);
    const { child_run_ids: children } = await stepOf(client, id, 'sub');
    expect(await control(client, id, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    const below = [...new Set(items.map((step) => step.run_id)), ...children];
    expect(below.length).toBe(5);
    const ended = await mapInParallel(below, (runId) => untilRun(client, runId, ({ status }) => status === 'cancelled'));
    expect(ended).toHaveLength(5);
    await eventually(() => provider.calls.every(({ abandonedAt }) => abandonedAt !== null), { timeoutMs: 6_000 });
    expect(provider.calls).toHaveLength(5);
  });
});
