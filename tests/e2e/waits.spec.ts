import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { eventLine } from '../harness/event-lines.js';
import { Gate } from '../harness/gate.js';
import { Installation, type Workspace } from '../harness/installation.js';
import { chain, endOf, mapInParallel, publishFlow, runToEnd, startRun, startRuns, stepOf, untilRun } from '../harness/flows.js';
import { pause, SeededRandom } from '../harness/seeded-random.js';

/** Waits for a time or an event (acceptance rows 10 and 11; the 10,000 timers are in waits-under-load.spec.ts). */
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

const onlyStep = (step: object) => ({ graph: { steps: [step], edges: [] } });
const produce = (type: string, subject: string, data: object = {}, id?: string) =>
  installation.produceLine(eventLine(workspace.id, type, subject, data, id));

describe('a wait for a time', () => {
  it('lasts as long as it says', async () => {
    const workflow = await publishFlow(workspace.client, onlyStep({ id: 'nap', type: 'wait', for: '1500ms' }));
    const run = await runToEnd(workspace.client, workflow);
    const nap = await stepOf(workspace.client, run.id, 'nap');
    const lasted = Date.parse(nap.ended_at ?? '') - Date.parse(nap.started_at ?? '');
    expect(lasted).toBeGreaterThanOrEqual(1_500);
    expect(lasted).toBeLessThan(2_500);
  });

  it('reads a local time in the zone that it names', async () => {
    const { client } = workspace;
    const zone = 'America/New_York';
    const step = { id: 'until', type: 'wait', until: 'payload.at', timezone: zone };
    const workflow = await publishFlow(client, onlyStep(step));
    const due = Math.ceil(Date.now() / 1_000) * 1_000 + 1_000;
    const run = await runToEnd(client, workflow, { at: localTime(due, zone) });
    const { ended_at: endedAt } = await stepOf(client, run.id, 'until');
    expect(Date.parse(endedAt ?? '')).toBeGreaterThanOrEqual(due);
    expect(Date.parse(endedAt ?? '')).toBeLessThan(due + 1_000);
    // The night in which clocks go forward: 02:30 is no time there, and the first one after the gap is meant.
    const { id } = await startRun(client, workflow, { at: '2027-03-14T02:30' });
    await untilRun(client, id, ({ status }) => status === 'waiting');
    const { items } = await client.need(client.get<{ items: { type: string; data: object }[] }>(`/flows/runs/${id}/events`));
    expect(items.find(({ type }) => type === 'step.waiting')?.data).toMatchObject({ due_at: '2027-03-14T07:00:00.000Z' });
  });

  it('until a time that has passed is no wait; one that is no time is an error', async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, onlyStep({ id: 'until', type: 'wait', until: 'payload.at' }));
    expect(await runToEnd(client, workflow, { at: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 'completed' });
    expect(await runToEnd(client, workflow, { at: 'soon' })).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_timestamp', step_id: 'until' },
    });
  });

  it('may be of months, and is seen to be', async () => {
    const { client } = workspace;
    const { id } = await startRun(client, await publishFlow(client, onlyStep({ id: 'nap', type: 'wait', for: '20d' })));
    expect(await untilRun(client, id, ({ status }) => status === 'waiting')).toMatchObject({ waiting_for: 'timer' });
  });
});

const REPLY = { type: 'custom.reply', match: 'event.data.lead_id == payload.lead_id', timeout: '1m' };
/** A call that a test can hold up, then the wait. */
const callThenWait = (event: object) => ({
  graph: {
    steps: [
      { id: 'call', type: 'http', method: 'POST', url: `${provider.url}/\${ payload.lead_id }` },
      { id: 'reply', type: 'wait', event },
    ],
    edges: chain('call', 'reply'),
  },
  output: '${ steps.reply.output }',
});

describe('a wait for an event', () => {
  it('is ended by the one that it is for, and by no other', async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, onlyStep({ id: 'reply', type: 'wait', event: REPLY }));
    const [ada, bob] = await startRuns(client, workflow, [{ lead_id: 'ada' }, { lead_id: 'bob' }]);
    for (const run of [ada, bob]) await untilRun(client, run?.id ?? '', ({ waiting_for }) => waiting_for === 'event');
    await produce('custom.other', 'ada', { lead_id: 'ada' });
    await produce('custom.reply', 'ada', { lead_id: 'ada', text: 'yes' }, 'evt-ada');
    expect(await endOf(client, ada?.id ?? '')).toMatchObject({
      status: 'completed',
      output: { timed_out: false, event: { id: 'evt-ada', type: 'custom.reply', data: { text: 'yes' } } },
    });
    expect((await untilRun(client, bob?.id ?? '', () => true)).status).toBe('waiting');
    await produce('custom.reply', 'bob', { lead_id: 'bob' });
    expect(await endOf(client, bob?.id ?? '')).toMatchObject({ status: 'completed' });
  });

  it('counts one that came 50 ms before the step was reached', async () => {
    const { client } = workspace;
    const gate = new Gate();
    provider.answer(async () => {
      await gate.opened;
      return {};
    });
    const { id } = await startRun(client, await publishFlow(client, callThenWait(REPLY)), { lead_id: 'early' });
    await eventually(() => provider.calls.some(({ path }) => path === '/early'));
    await produce('custom.reply', 'early', { lead_id: 'early' }, 'evt-early');
    await pause(50);
    gate.open();
    expect(await endOf(client, id)).toMatchObject({ output: { timed_out: false, event: { id: 'evt-early' } } });
  });

  it('misses none, whenever it comes: 200 events from 100 ms before to 100 ms after the step is reached', async () => {
    const { client } = workspace;
    const random = new SeededRandom(11);
    const gates = new Map<string, Gate>();
    provider.answer(async ({ path }) => {
      await gates.get(path.slice(1))?.opened;
      return {};
    });
    const workflow = await publishFlow(client, callThenWait(REPLY));
    const leads = Array.from({ length: 200 }, (_, index) => `lead_${index}`);
    const runs = await mapInParallel(leads, async (lead) => {
      const gate = new Gate();
      gates.set(lead, gate);
      const { id } = await startRun(client, workflow, { lead_id: lead });
      await eventually(() => provider.calls.some(({ path }) => path === `/${lead}`));
      const offsetMs = random.below(200) - 100;
      const send = async () => {
        await pause(Math.max(0, offsetMs));
        await produce('custom.reply', lead, { lead_id: lead });
      };
      const reach = async () => {
        await pause(Math.max(0, -offsetMs));
        gate.open();
      };
      await Promise.all([send(), reach()]);
      return endOf(client, id);
    });
    const missed = runs.filter(({ output }) => (output as { timed_out?: boolean } | null)?.timed_out !== false);
    expect(missed.map(({ id, status }) => [id, status])).toEqual([]);
  }, 60_000);

  it('takes its other path when none comes in time', async () => {
    const { client } = workspace;
    const graph = {
      steps: [
        { id: 'reply', type: 'wait', event: { ...REPLY, timeout: '600ms' } },
        { id: 'answered', type: 'transform', output: 'answered' },
        { id: 'silent', type: 'transform', output: 'silent' },
      ],
      edges: [
        { from: 'reply', to: 'silent', condition: 'steps.reply.output.timed_out' },
        { from: 'reply', to: 'answered', condition: '!steps.reply.output.timed_out' },
      ],
    };
    const workflow = await publishFlow(client, { graph });
    expect(await runToEnd(client, workflow, { lead_id: 'nobody' })).toMatchObject({ status: 'completed', output: 'silent' });
    const { id } = await startRun(client, workflow, { lead_id: 'somebody' });
    await produce('custom.reply', 'somebody', { lead_id: 'somebody' });
    expect(await endOf(client, id)).toMatchObject({ status: 'completed', output: 'answered' });
  });

  it('since: "step" leaves out what came before it, "1h" looks back before the run', async () => {
    const { client } = workspace;
    await publishFlow(client, onlyStep({ id: 'reply', type: 'wait', event: REPLY }));
    await produce('custom.reply', 'past', { lead_id: 'past' }, 'evt-past');
    const sentinel = await publishFlow(client, onlyStep({ id: 'reply', type: 'wait', event: { ...REPLY, since: '1h' } }));
    // Found in the mailbox: by then the event is there for everybody.
    expect(await runToEnd(client, sentinel, { lead_id: 'past' })).toMatchObject({ output: { event: { id: 'evt-past' } } });
    const narrow = await publishFlow(
      client,
      onlyStep({ id: 'reply', type: 'wait', event: { ...REPLY, since: 'step', timeout: '500ms' } }),
    );
    expect(await runToEnd(client, narrow, { lead_id: 'past' })).toMatchObject({ output: { timed_out: true } });
  });

  it('is ended by a signal to the run, also by one that came first', async () => {
    const { client } = workspace;
    const gate = new Gate();
    provider.answer(async () => {
      await gate.opened;
      return {};
    });
    const workflow = await publishFlow(client, callThenWait({ type: 'custom.reply', timeout: '1m' }));
    const { id } = await startRun(client, workflow, { lead_id: 'signalled' });
    await eventually(() => provider.calls.some(({ path }) => path === '/signalled'));
    expect((await client.post(`/flows/runs/${id}/signal`, { type: 'custom.reply', data: { n: 1 } })).status).toBe(202);
    gate.open();
    expect(await endOf(client, id)).toMatchObject({ output: { timed_out: false, event: { data: { n: 1 } } } });
    expect((await client.post(`/flows/runs/${id}/signal`, { type: 'custom.reply' })).status).toBe(409);
  });
});

/** A date and time without offset, as a clock on the wall of the zone shows it. */
function localTime(atMs: number, timeZone: string): string {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(atMs);
  return text.replace(' ', 'T');
}
