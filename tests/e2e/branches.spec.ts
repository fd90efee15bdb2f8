import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Gate } from '../harness/gate.js';
import { Installation, type Workspace } from '../harness/installation.js';
import {
  endOf,
  eventsOf,
  mapInParallel,
  publishFlow,
  startRun,
  startRuns,
  stepOf,
  stepsOf,
  untilEnded,
} from '../harness/flows.js';

/** Which paths a run takes (acceptance row 12): every lead of a truth table, every way to branch and to join. */
let installation: Installation;
let workspace: Workspace;
let provider: RecordingProvider;

beforeAll(async () => {
  [installation, provider] = await Promise.all([Installation.start(), startRecordingProvider()]);
  workspace = await installation.createWorkspace();
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});

interface Lead {
  score: number;
  hot: boolean;
  eu: boolean;
  opted_in: boolean;
  customer: boolean;
}
const BITS = [0, 1] as const;
/** All 32 combinations of five properties. */
const LEADS: Lead[] = BITS.flatMap((a) =>
  BITS.flatMap((b) =>
    BITS.flatMap((c) =>
      BITS.flatMap((d) => BITS.map((e) => ({ score: a * 80, hot: b === 1, eu: c === 1, opted_in: d === 1, customer: e === 1 }))),
    ),
  ),
);

const say = (id: string, more: object = {}) => ({ id, type: 'transform', output: id, ...more });
/**
 *  rate ─┬─► all (mode all) ─┬─ hot ──────► call ──┬─► both (join all)
 *        │                   ├─ score ≥ 50 ► mail ─┴─► either (join any)
 *        │                   └─ always ───► note
 *        ├─► first ─┬─ customer ─────► upsell ─┐
 *        │          ├─ eu and opted in ► gdpr ─┼─► wrap (join all)
 *        │          └─ else ─────────► rest ───┘
 *        └─ opted_in ► news ──► (when eu) euro ──► tail
 */
const GRAPH = {
  steps: [
    say('rate', { output: { score: '${ payload.lead.score }' } }),
    { id: 'all', type: 'branch', mode: 'all' },
    say('call'),
    say('mail'),
    say('note'),
    say('both'),
    say('either', { join: 'any' }),
    { id: 'first', type: 'branch' },
    say('upsell'),
    say('gdpr'),
    say('rest'),
    say('wrap'),
    say('news'),
    say('euro', { when: 'payload.lead.eu' }),
    say('tail', { output: '${ steps.euro.output == null ? "skipped" : "ran" }' }),
  ],
  edges: [
    { from: 'rate', to: 'all' },
    { from: 'all', to: 'call', condition: 'payload.lead.hot' },
    { from: 'all', to: 'mail', condition: 'steps.rate.output.score >= 50' },
    { from: 'all', to: 'note' },
    { from: 'call', to: 'both' },
    { from: 'mail', to: 'both' },
    { from: 'call', to: 'either' },
    { from: 'mail', to: 'either' },
    { from: 'rate', to: 'first' },
    // The else, though it stands first.
    { from: 'first', to: 'rest' },
    { from: 'first', to: 'upsell', condition: 'payload.lead.customer' },
    { from: 'first', to: 'gdpr', condition: 'payload.lead.eu && payload.lead.opted_in' },
    { from: 'upsell', to: 'wrap' },
    { from: 'gdpr', to: 'wrap' },
    { from: 'rest', to: 'wrap' },
    { from: 'rate', to: 'news', condition: 'payload.lead.opted_in' },
    { from: 'news', to: 'euro' },
    { from: 'euro', to: 'tail' },
  ],
};

/** The same table, written down by hand. */
function expectedPath(lead: Lead): string[] {
  const { hot, eu, opted_in: optedIn, customer } = lead;
  const mail = lead.score >= 50;
  const first = customer ? 'upsell' : eu && optedIn ? 'gdpr' : 'rest';
  return [
    'rate',
    'all',
    'first',
    'note',
    first,
    'wrap',
    ...(hot ? ['call'] : []),
    ...(mail ? ['mail'] : []),
    ...(hot || mail ? ['both', 'either'] : []),
    ...(optedIn ? ['news', 'tail', ...(eu ? ['euro'] : [])] : []),
  ].sort();
}

describe('the paths of a run', () => {
  it('are those of the truth table, for each of 32 leads', async () => {
    const { client } = workspace;
    const workflow = await publishFlow(client, { graph: GRAPH });
    const runs = await startRuns(
      client,
      workflow,
      LEADS.map((lead) => ({ lead })),
    );
    await untilEnded(client, workflow, LEADS.length);
    const traces = await mapInParallel(runs, ({ id }) => stepsOf(client, id));
    for (const [index, lead] of LEADS.entries()) {
      const steps = traces[index] ?? [];
      const taken = steps.filter(({ status }) => status === 'completed').map(({ step_id }) => step_id);
      expect({ lead, taken: taken.sort() }).toEqual({ lead, taken: expectedPath(lead) });
      // Nothing is left open, and what is on no path is seen to be skipped.
      const others = GRAPH.steps.map(({ id }) => id).filter((id) => !taken.includes(id));
      const skipped = steps.filter(({ status }) => status === 'skipped').map(({ step_id }) => step_id);
      expect({ lead, skipped: skipped.sort() }).toEqual({ lead, skipped: others.sort() });
      if (lead.opted_in) expect(steps.find(({ step_id }) => step_id === 'tail')?.output).toBe(lead.eu ? 'ran' : 'skipped');
    }
    // A step with several live edges into it begins once.
    const begun = await mapInParallel(runs, async ({ id }) =>
      (await eventsOf(client, id)).map((one) => `${one.type} ${one.step_id}`),
    );
    for (const events of begun) expect(new Set(events).size).toBe(events.length);
  });

  it('may all be dead: then the run ends there', async () => {
    const graph = {
      steps: [say('before'), { id: 'pick', type: 'branch' }, say('never')],
      edges: [
        { from: 'before', to: 'pick' },
        { from: 'pick', to: 'never', condition: 'payload.n > 1' },
      ],
    };
    const { client } = workspace;
    const { id } = await startRun(client, await publishFlow(client, { graph }), { n: 1 });
    expect(await endOf(client, id)).toMatchObject({ status: 'completed', output: 'before' });
    expect((await stepOf(client, id, 'pick')).output).toEqual({ taken: [] });
  });

  it('join "any" goes on with the first of them, join "all" waits for each', async () => {
    const slow = new Gate();
    provider.answer(async ({ path }) => {
      if (path === '/slow') await slow.opened;
      return {};
    });
    const get = (id: string) => ({ id, type: 'http', method: 'POST', url: `${provider.url}/${id}` });
    const graph = {
      steps: [get('fast'), get('slow'), say('any', { join: 'any' }), say('both')],
      edges: ['fast', 'slow'].flatMap((from) => ['any', 'both'].map((to) => ({ from, to }))),
    };
    const { client } = workspace;
    const { id } = await startRun(client, await publishFlow(client, { graph }));
    await eventually(async () => (await stepOf(client, id, 'any')).status === 'completed');
    expect((await stepsOf(client, id)).map(({ step_id }) => step_id)).not.toContain('both');
    slow.open();
    expect(await endOf(client, id)).toMatchObject({ status: 'completed' });
    const events = await eventsOf(client, id);
    const completed = events.filter(({ type }) => type === 'step.completed').map(({ step_id }) => step_id);
    expect(completed).toEqual(['fast', 'any', 'slow', 'both']);
  });
});
