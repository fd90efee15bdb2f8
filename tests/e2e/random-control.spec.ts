import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordedCall, type RecordingProvider } from '@flows/testkit';
import {
  chain,
  control,
  endOf,
  eventsOf,
  getRun,
  hasEnded,
  mapInParallel,
  publishFlow,
  runToEnd,
  startRun,
  walk,
} from '../harness/flows.js';
import { Installation, type Workspace } from '../harness/installation.js';
import { pause, SeededRandom } from '../harness/seeded-random.js';
import type { EventView, RunView, StepView } from '../harness/views.js';

/**
 * Ten steps, controlled at random points 1,000 times: paused, resumed, cancelled, retried, with a provider that is slow and at times
 * fails. Whatever came in between, a run ends as one that nobody disturbed, or cancelled, never both; and no provider got one key with
 * two different bodies.
 */
const SEED = 20_261_125;
const RUNS = 250;
const CONTROLS_PER_RUN = 4;
const ACTIONS = ['pause', 'pause', 'resume', 'resume', 'cancel', 'retry'] as const;

let installation: Installation;
let provider: RecordingProvider;
let workspace: Workspace;

beforeAll(async () => {
  [installation, provider] = await Promise.all([Installation.start(), startRecordingProvider()]);
  workspace = await installation.createWorkspace();
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});

const call = (id: string, before: string) => ({
  id,
  type: 'http',
  method: 'POST',
  url: `${provider.url}/\${ payload.n }/${id}`,
  body: { before: `\${ ${before} }` },
  retry: { max_attempts: 3, initial_interval: '50ms', jitter: false },
});
/**
 *  c1 ─► t2 ─► nap ─┬─► c4 ───────────► join ─► c8 ─► pick ─► t10
 *                   └─► loop (c) ─► c6 ─┘
 */
const definition = () => ({
  graph: {
    steps: [
      call('c1', 'payload.n'),
      { id: 't2', type: 'transform', output: { n: '${ steps.c1.output.body.said + payload.n }' } },
      { id: 'nap', type: 'wait', for: '100ms' },
      call('c4', 'steps.t2.output.n'),
      {
        id: 'loop',
        type: 'foreach',
        items: '[1, 2, 3]',
        concurrency: 2,
        graph: { steps: [{ ...call('c', 'item'), url: `${provider.url}/\${ payload.n }/c/\${ item }` }], edges: [] },
      },
      call('c6', 'steps.loop.output[2].body.said'),
      { id: 'join', type: 'transform', output: '${ steps.c4.output.body.said + steps.c6.output.body.said }' },
      call('c8', 'steps.join.output'),
      { id: 'pick', type: 'branch' },
      { id: 't10', type: 'transform', output: '${ steps.c8.output.body.said * 2 }' },
    ],
    edges: [
      ...chain('c1', 't2', 'nap', 'c4', 'join', 'c8', 'pick'),
      ...chain('nap', 'loop', 'c6', 'join'),
      { from: 'pick', to: 't10', condition: 'steps.c8.output.body.said >= 0' },
    ],
  },
});

/** The same answer to the same call, whenever and however often it comes: what it was told, and one more. */
function answer(random: SeededRandom) {
  return ({ body, attempt }: RecordedCall) => {
    const said = (JSON.parse(body) as { before: number }).before + 1;
    const delayMs = random.below(30);
    if (attempt === 1 && random.below(10) === 0) return { status: 503, delayMs };
    if (random.below(50) === 0) return { breakAfterEffect: true, body: { said } };
    return { body: { said }, delayMs };
  };
}
const CANCELLED = { code: 'run_cancelled' };
const TERMINAL = ['run.completed', 'run.failed', 'run.cancelled', 'run.timed_out'];

describe('a run that is controlled at random', () => {
  it(`ends as an undisturbed one or cancelled, never both, after ${RUNS * CONTROLS_PER_RUN} controls (seed ${SEED})`, async () => {
    const { client } = workspace;
    provider.answer(answer(new SeededRandom(SEED)));
    const workflow = await publishFlow(client, definition());
    const expected = async (n: number): Promise<unknown> => (await runToEnd(client, workflow, { n })).output;
    expect([await expected(0), await expected(10)]).toEqual([16, 56]);
    provider.reset();
    provider.answer(answer(new SeededRandom(SEED + 1)));

    const took: Record<string, number> = {};
    const runs = await mapInParallel(Array.from({ length: RUNS }), async (_, n) => {
      const random = new SeededRandom(SEED + 100 + n);
      const { id } = await startRun(client, workflow, { n });
      for (let count = 0; count < CONTROLS_PER_RUN; count += 1) {
        await pause(random.below(120));
        const action = random.pick(ACTIONS);
        const { status } = await control(client, id, action);
        expect([200, 202, 409]).toContain(status);
        took[`${action} ${status}`] = (took[`${action} ${status}`] ?? 0) + 1;
      }
      return letEnd(id);
    });
    console.log(`controls by answer: ${JSON.stringify(took)}`);

    const ended: Record<string, number> = {};
    for (const [n, run] of runs.entries()) {
      ended[run.status] = (ended[run.status] ?? 0) + 1;
      if (run.status === 'completed') expect([n, run.output]).toEqual([n, 16 + n * 4]);
      else expect([n, run.status, run.output, run.error]).toEqual([n, 'cancelled', null, expect.objectContaining(CANCELLED)]);
    }
    console.log(`ends: ${JSON.stringify(ended)}; ${provider.calls.length} calls, ${provider.effects.length} effects`);
    expect(ended['completed']).toBeGreaterThan(RUNS / 4);
    expect(ended['cancelled']).toBeGreaterThan(RUNS / 20);

    await mapInParallel(runs, async ({ id, status }) => checkHistory(status, await eventsOf(client, id)));
    checkKeys(provider);
  }, 240_000);
});

/** Nobody disturbs it any more: a paused run goes on, and a failed one is tried again. */
async function letEnd(id: string): Promise<RunView> {
  const { client } = workspace;
  await eventually(
    async () => {
      const run = await getRun(client, id);
      if (run.status === 'paused') await control(client, id, 'resume');
      return hasEnded(run);
    },
    { timeoutMs: 40_000, pollMs: 50, what: `the end of ${id}` },
  ).catch(async (cause: Error) => {
    const items = await walk<StepView>(client, `/flows/runs/${id}/steps?within=loop`);
    const histories = await Promise.all([id, ...new Set(items.map(({ run_id }) => run_id))].map((runId) => historyOf(runId)));
    throw new Error(`${cause.message}\n${histories.join('\n\n')}`, { cause });
  });
  return endOf(client, id);
}

async function historyOf(runId: string): Promise<string> {
  const lines = (await eventsOf(workspace.client, runId)).map(({ at, type, step_id, data }) =>
    [at.slice(17), type, step_id, data['attempt'], data['actor']].join(' '),
  );
  return [runId, ...lines].join('\n');
}

/** One end per life; every further life begins with a retry; nothing happens after the end; no gap. */
function checkHistory(status: string, events: readonly EventView[]): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const ends = events.filter(({ type }) => TERMINAL.includes(type));
  const retries = events.filter(({ type }) => type === 'run.retried');
  expect(ends.length).toBe(retries.length + 1);
  expect(ends.filter(({ type }) => type === 'run.completed').length).toBe(status === 'completed' ? 1 : 0);
  expect(events.at(-1)?.type).toBe(`run.${status}`);
  for (const end of ends.slice(0, -1)) expect(events[end.seq]?.type).toBe('run.retried');
}

function checkKeys({ calls, effects }: RecordingProvider): void {
  const bodies = new Map<string, string>();
  for (const { idempotencyKey, path, bodyHash } of calls) {
    const sent = `${path} ${bodyHash}`;
    expect([idempotencyKey, bodies.get(idempotencyKey ?? '') ?? sent]).toEqual([idempotencyKey, sent]);
    bodies.set(idempotencyKey ?? '', sent);
  }
  // And each place has one effect, whatever was retried: nothing in these flows gets another input the second time.
  const places = effects.map(({ path }) => path);
  expect(places.length).toBe(new Set(places).size);
}
