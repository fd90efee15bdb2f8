import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Gate } from '../harness/gate.js';
import { Installation, type Workspace } from '../harness/installation.js';
import {
  chain,
  control,
  endOf,
  eventsOf,
  getRun,
  publishFlow,
  runToEnd,
  startRun,
  stepOf,
  stepsOf,
  untilRun,
} from '../harness/flows.js';
import { pause, SeededRandom } from '../harness/seeded-random.js';

/** Pause and resume (acceptance rows 30, 31): nothing begins, nothing is lost, and afterwards nobody could tell. */
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
beforeEach(() => provider.reset());

const IDS = ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10'];
/** Ten calls, each with what the one before it was answered; the run's output is the last answer. */
const tenSteps = () => ({
  graph: {
    steps: IDS.map((id, index) => ({
      id,
      type: 'http',
      method: 'POST',
      url: `${provider.url}/\${ payload.name }/${id}`,
      body: { before: index === 0 ? '${ payload.name }' : `\${ steps.${IDS[index - 1]}.output.body.said }` },
    })),
    edges: chain(...IDS),
  },
  output: '${ steps.s10.output.body.said }',
});
/** Says what it was asked, one step further, once the gate of the step is open. */
function answerThrough(gates: Record<string, Gate>): void {
  provider.answer(async ({ path, body }) => {
    const [, , step = ''] = path.split('/');
    await gates[step]?.opened;
    return { body: { said: `${(JSON.parse(body) as { before: string }).before}.${step}` } };
  });
}
const callsOf = (name: string) =>
  provider.calls.filter(({ path }) => path.startsWith(`/${name}/`)).map(({ path }) => path.split('/')[2]);

describe('pause', () => {
  it('lets the step at work end and records it, and begins no other', async () => {
    const { client } = workspace;
    const s3 = new Gate();
    answerThrough({ s3 });
    const workflow = await publishFlow(client, tenSteps());
    const { id } = await startRun(client, workflow, { name: 'ada' });
    await eventually(() => callsOf('ada').includes('s3'));
    expect(await control(client, id, 'pause', { reason: 'lunch' })).toMatchObject({ status: 200, body: { status: 'paused' } });
    s3.open();
    await eventually(async () => (await stepOf(client, id, 's3')).status === 'completed');
    // Another run goes the whole way meanwhile: what this one could begin would have begun.
    await runToEnd(client, workflow, { name: 'bob' });
    expect(callsOf('ada')).toEqual(['s1', 's2', 's3']);
    expect(await getRun(client, id)).toMatchObject({ status: 'paused' });
    expect((await stepOf(client, id, 's3')).output).toMatchObject({ body: { said: 'ada.s1.s2.s3' } });

    expect(await control(client, id, 'resume')).toMatchObject({ status: 200 });
    expect(await endOf(client, id)).toMatchObject({ status: 'completed', output: `ada.${IDS.join('.')}` });
    expect(callsOf('ada')).toEqual(IDS);
    const types = (await eventsOf(client, id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'run.paused' || type === 'run.resumed')).toEqual(['run.paused', 'run.resumed']);
  });

  it('keeps a timer that becomes due and an event that arrives; both take effect on resume', async () => {
    const { client } = workspace;
    const graph = {
      steps: [
        { id: 'nap', type: 'wait', for: '700ms' },
        { id: 'word', type: 'wait', event: { type: 'custom.word', timeout: '1m' } },
        { id: 'after_nap', type: 'transform', output: 'slept' },
        { id: 'after_word', type: 'transform', output: '${ steps.word.output.event.data.say }' },
      ],
      edges: [...chain('nap', 'after_nap'), ...chain('word', 'after_word')],
    };
    const { id } = await startRun(client, await publishFlow(client, { graph }));
    await untilRun(client, id, ({ status }) => status === 'waiting');
    expect((await control(client, id, 'pause')).body).toMatchObject({ status: 'paused' });
    expect((await client.post(`/flows/runs/${id}/signal`, { type: 'custom.word', data: { say: 'hi' } })).status).toBe(202);
    const kept = async () => (await eventsOf(client, id)).map(({ type }) => type);
    await eventually(async () => {
      const types = await kept();
      return types.includes('run.input_held') && types.includes('run.event_kept');
    });
    expect((await stepsOf(client, id)).map(({ step_id, status }) => [step_id, status])).toEqual([
      ['nap', 'waiting'],
      ['word', 'waiting'],
    ]);
    const resumedAt = Date.now();
    await control(client, id, 'resume');
    expect(await endOf(client, id)).toMatchObject({ status: 'completed', output: { after_nap: 'slept', after_word: 'hi' } });
    expect(Date.now() - resumedAt).toBeLessThan(2_000);
  });

  it('keeps a retry that becomes due; it is made on resume', async () => {
    const { client } = workspace;
    provider.answerNext({ status: 503 });
    const step = {
      id: 'call',
      type: 'http',
      method: 'POST',
      url: `${provider.url}/x`,
      retry: { initial_interval: '800ms', jitter: false },
    };
    const { id } = await startRun(client, await publishFlow(client, { graph: { steps: [step], edges: [] } }));
    await eventually(async () => (await stepOf(client, id, 'call')).status === 'retrying');
    await control(client, id, 'pause');
    await eventually(async () => (await eventsOf(client, id)).some(({ type }) => type === 'run.input_held'));
    expect(provider.calls).toHaveLength(1);
    await control(client, id, 'resume');
    expect(await endOf(client, id)).toMatchObject({ status: 'completed' });
    expect(provider.calls).toHaveLength(2);
  });

  it('and resume are idempotent, and say the present status when they are impossible', async () => {
    const { client } = workspace;
    const graph = { steps: [{ id: 'nap', type: 'wait', for: '1h' }], edges: [] };
    const { id } = await startRun(client, await publishFlow(client, { graph }));
    await untilRun(client, id, ({ status }) => status === 'waiting');
    for (const status of ['paused', 'paused'])
      expect(await control(client, id, 'pause')).toMatchObject({ status: 200, body: { status } });
    for (let twice = 0; twice < 2; twice += 1) expect((await control(client, id, 'resume')).status).toBe(200);
    await untilRun(client, id, ({ status }) => status === 'waiting');
    expect((await eventsOf(client, id)).filter(({ type }) => type === 'run.paused')).toHaveLength(1);
    expect((await eventsOf(client, id)).filter(({ type }) => type === 'run.resumed')).toHaveLength(1);
    await control(client, id, 'cancel');
    for (const action of ['pause', 'resume'] as const) {
      expect(await control(client, id, action)).toMatchObject({
        status: 409,
        body: { code: 'run_state_conflict', run_status: 'cancelled' },
      });
    }
  });
});

describe('resume', () => {
  it('goes on from the exact point: 50 pauses at random points change nothing', async () => {
    const { client } = workspace;
    const random = new SeededRandom(30_31);
    const workflow = await publishFlow(client, tenSteps());
    answerThrough({});
    const undisturbed = await runToEnd(client, workflow, { name: 'eve' });

    const gates = Object.fromEntries(IDS.map((id) => [id, new Gate()]));
    answerThrough(gates);
    const { id } = await startRun(client, workflow, { name: 'ada' });
    for (const [step, gate] of Object.entries(gates)) {
      await eventually(() => callsOf('ada').includes(step));
      // The answer comes somewhere among five pauses; the very last one during the last pause, since an ended run cannot be paused.
      const answerAfter = step === IDS.at(-1) ? 4 : random.below(5);
      for (let cycle = 0; cycle < 5; cycle += 1) {
        await pause(random.below(6));
        expect((await control(client, id, 'pause')).status).toBe(200);
        if (cycle === answerAfter) gate.open();
        await pause(random.below(6));
        expect((await control(client, id, 'resume')).status).toBe(200);
      }
    }
    const run = await endOf(client, id);
    expect([run.status, run.output]).toEqual(['completed', String(undisturbed.output).replace('eve', 'ada')]);
    expect(callsOf('ada')).toEqual(IDS);
    const events = await eventsOf(client, id);
    expect(events.filter(({ type }) => type === 'run.paused').length).toBeGreaterThanOrEqual(45);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const settled = events.filter(({ type }) => type.startsWith('step.')).map(({ type, step_id }) => `${type} ${step_id}`);
    expect(settled).toEqual(IDS.flatMap((step) => [`step.scheduled ${step}`, `step.completed ${step}`]));
  });
});
