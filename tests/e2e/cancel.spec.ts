import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Gate } from '../harness/gate.js';
import { Installation, type Workspace } from '../harness/installation.js';
import {
  chain,
  control,
  endOf,
  eventsOf,
  mapInParallel,
  publishFlow,
  runToEnd,
  startRun,
  stepsOf,
  untilRun,
} from '../harness/flows.js';
import { completion } from '../harness/model-script.js';
import { RunEventLog } from '../harness/run-event-log.js';
import { pause, SeededRandom } from '../harness/seeded-random.js';

/** Cancel and terminate (acceptance row 32): one end per run, what is at work is told to stop, cleanups run once. */
let installation: Installation;
let provider: RecordingProvider;
let workspace: Workspace;

beforeAll(async () => {
  provider = await startRecordingProvider();
  installation = await Installation.start({ env: { OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: 'stub' } });
  workspace = await installation.createWorkspace();
  await workspace.client.need(
    workspace.client.post('/agents', {
      slug: 'thinker',
      name: 'Thinker',
      instructions: 'Think.',
      provider: 'openai',
      model: 'stub',
    }),
  );
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});
beforeEach(() => provider.reset());

const call = (id: string, more: object = {}) => ({ id, type: 'http', method: 'POST', url: `${provider.url}/${id}`, ...more });
const TERMINAL = ['run.completed', 'run.failed', 'run.cancelled', 'run.timed_out'];

describe('cancel', () => {
  it('races with completion 1,000 times: each run ends once', async () => {
    const { client } = workspace;
    const random = new SeededRandom(32);
    const log = await RunEventLog.listen(installation.driver, installation.topics.runEvents);
    const graph = {
      steps: [call('only'), { id: 'last', type: 'transform', output: 'done' }],
      edges: chain('only', 'last'),
    };
    provider.answer(() => ({ delayMs: random.below(40) }));
    const workflow = await publishFlow(client, { graph });
    const outcomes = await mapInParallel(Array.from({ length: 1_000 }), async () => {
      const { id } = await startRun(client, workflow);
      await pause(random.below(60));
      const answer = await control(client, id, 'cancel');
      return { id, answered: answer.status, run: await endOf(client, id) };
    });
    await log.until('an end of each run', () => outcomes.every(({ id }) => ends(log, id).length > 0));
    for (const { id, answered, run } of outcomes) {
      expect([id, ends(log, id)]).toEqual([id, [`run.${run.status}`]]);
      // Whoever was told that the run is cancelled, it is; 409 says that it had ended before.
      if (answered === 200) expect(run.status).toBe('cancelled');
      if (answered === 409) expect(run.status).toBe('completed');
      expect([200, 202, 409]).toContain(answered);
    }
    const cancelled = outcomes.filter(({ run }) => run.status === 'cancelled').length;
    console.log(`cancel against completion: ${cancelled} cancelled, ${outcomes.length - cancelled} completed`);
    expect(cancelled).toBeGreaterThan(50);
    expect(cancelled).toBeLessThan(950);
    await log.stop();
  }, 120_000);

  it('tells a running agent call to stop within 2 s', async () => {
    const { client } = workspace;
    provider.answer({ hang: true });
    const graph = {
      steps: [{ id: 'think', type: 'agent', agent: 'thinker', timeout: '1m' }, call('after')],
      edges: chain('think', 'after'),
    };
    const { id } = await startRun(client, await publishFlow(client, { graph }));
    const asked = await eventually(() => provider.calls[0]);
    const cancelledAt = Date.now();
    expect(await control(client, id, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    const abandonedAt = await eventually(() => asked.abandonedAt, { timeoutMs: 5_000 });
    console.log(`the agent's call was given up ${abandonedAt - cancelledAt} ms after the cancel`);
    expect(abandonedAt - cancelledAt).toBeLessThan(2_000);
    expect(provider.calls).toHaveLength(1);
    expect((await stepsOf(client, id)).map(({ step_id, status }) => [step_id, status])).toEqual([['think', 'cancelled']]);
  });

  it('ignores what comes back late', async () => {
    const { client } = workspace;
    const gate = new Gate();
    provider.answer(async () => {
      await gate.opened;
      return completion({});
    });
    const graph = { steps: [call('slow'), call('after')], edges: chain('slow', 'after') };
    const workflow = await publishFlow(client, { graph });
    const { id } = await startRun(client, workflow);
    await eventually(() => provider.calls.length === 1);
    await control(client, id, 'cancel');
    gate.open();
    await runToEnd(client, workflow);
    expect((await endOf(client, id)).status).toBe('cancelled');
    expect((await eventsOf(client, id)).at(-1)?.type).toBe('run.cancelled');
  });

  it('runs the cleanup once and only then; a completed run never does', async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, {
      graph: {
        steps: [call('work'), { id: 'nap', type: 'wait', for: '1h' }, call('undo'), call('tell')],
        edges: [...chain('work', 'nap'), ...chain('undo', 'tell')],
      },
      settings: { on_cancel: { goto: 'undo' } },
    });
    const { id } = await startRun(client, workflow);
    await untilRun(client, id, ({ status }) => status === 'waiting');
    const answer = await control(client, id, 'cancel', { reason: 'no longer wanted' });
    expect([200, 202]).toContain(answer.status);
    await endOf(client, id);
    const events = (await eventsOf(client, id)).map(({ type }) => type);
    expect(events.indexOf('run.cancelling')).toBeLessThan(events.indexOf('run.cancelled'));
    expect(provider.calls.map(({ path }) => path)).toEqual(['/work', '/undo', '/tell']);
    expect(await control(client, id, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(provider.calls).toHaveLength(3);
    expect((await stepsOf(client, id)).map(({ step_id, status }) => [step_id, status])).toEqual([
      ['work', 'completed'],
      ['nap', 'cancelled'],
      ['undo', 'completed'],
      ['tell', 'completed'],
    ]);
  });

  it('of a run that waits takes its timers and its approval along', async () => {
    const { client } = workspace;
    const graph = {
      steps: [
        { id: 'nap', type: 'wait', for: '1s' },
        { id: 'ask', type: 'approval', input: 'well?' },
      ],
      edges: [],
    };
    const { id } = await startRun(client, await publishFlow(client, { graph }));
    await untilRun(client, id, ({ status }) => status === 'waiting');
    expect(await control(client, id, 'cancel')).toMatchObject({ status: 200 });
    const count = (events: { type: string }[]) => events.filter(({ type }) => TERMINAL.includes(type)).length;
    expect(count(await eventsOf(client, id))).toBe(1);
    const { items } = await client.need(
      client.get<{ items: { status: string }[] }>(`/flows/approvals?run_id=${id}&status=open&status=withdrawn`),
    );
    expect(items.map(({ status }) => status)).toEqual(['withdrawn']);
  });
});

describe('terminate', () => {
  it('stops at once, without the cleanup, and also one that is under way', async () => {
    const { client } = workspace;
    const definition = {
      graph: {
        steps: [call('work'), { id: 'nap', type: 'wait', for: '1h' }, call('undo')],
        edges: chain('work', 'nap'),
      },
      settings: { on_cancel: { goto: 'undo' } },
    };
    const workflow = await publishFlow(client, definition);
    const { id } = await startRun(client, workflow);
    await untilRun(client, id, ({ status }) => status === 'waiting');
    for (let twice = 0; twice < 2; twice += 1)
      expect(await control(client, id, 'terminate')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(provider.calls.map(({ path }) => path)).toEqual(['/work']);

    provider.answer(({ path }) => (path === '/undo' ? { hang: true } : {}));
    const other = await startRun(client, workflow);
    await untilRun(client, other.id, ({ status }) => status === 'waiting');
    await control(client, other.id, 'cancel');
    const undo = await eventually(() => provider.calls.find(({ path }) => path === '/undo'));
    expect(await control(client, other.id, 'terminate')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    await eventually(() => undo.abandonedAt, { timeoutMs: 5_000 });
  });

  it.each(['cancel', 'terminate'] as const)('and cancel of a completed run: %s answers 409 with the status', async (action) => {
    const { client } = workspace;
    const graph = { steps: [{ id: 'one', type: 'transform', output: 1 }], edges: [] };
    const run = await runToEnd(client, await publishFlow(client, { graph }));
    expect(await control(client, run.id, action)).toMatchObject({
      status: 409,
      body: { code: 'run_state_conflict', run_status: 'completed' },
    });
  });
});

function ends(log: RunEventLog, runId: string): string[] {
  return log
    .of(runId)
    .map(({ event }) => event.type)
    .filter((type) => TERMINAL.includes(type));
}
