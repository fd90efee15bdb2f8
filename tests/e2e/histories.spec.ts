import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromTypeId } from '@flows/contracts';
import { differenceInReplay } from '@flows/run-machine';
import { eventually, startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { historiesFolder } from '../histories/histories.config.js';
import { recordHistories } from '../histories/recorded-histories.js';
import { chain, control, endOf, publishFlow, startRun, stepOf, untilRun } from '../harness/flows.js';
import { Installation, type Workspace } from '../harness/installation.js';
import { collectEvidence } from '../invariants/evidence/collect-evidence.js';

/**
 * What a run was told, folded again by the same build, gives the same facts; and what this build recorded is kept, so that later builds
 * are held to it (libs/run-machine/histories).
 */
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

const call = (id: string, more: object = {}) => ({
  id,
  type: 'http',
  method: 'POST',
  url: `${provider.url}/${id}`,
  body: {},
  ...more,
});

describe('histories', () => {
  it('are decided again as they were, whatever the run went through', async () => {
    const { client } = workspace;
    const names = new Map<string, string>();
    const start = async (name: string, graph: object, payload: unknown = {}, more: object = {}) => {
      const run = await startRun(client, await publishFlow(client, { name, graph: graph as never, ...more }), payload);
      names.set(fromTypeId('run', run.id) ?? '', name);
      return run.id;
    };
    let busy = 1;
    provider.answer(({ path }) =>
      path.startsWith('/flaky') && busy-- > 0
        ? { status: 503, body: {} }
        : path.startsWith('/no')
          ? { status: 400, body: {} }
          : { body: { ok: true } },
    );

    const ended = [
      await start('retries-and-falls-back', {
        steps: [
          call('flaky', { retry: { max_attempts: 3, initial_interval: '10ms' } }),
          call('no', { on_error: { goto: 'instead' } }),
          { id: 'instead', type: 'transform', output: '${ steps.no.error.code }' },
        ],
        edges: chain('flaky', 'no'),
      }),
      await start(
        'branches-and-skips',
        {
          steps: [
            { id: 'which', type: 'branch', mode: 'all' },
            call('a'),
            call('b'),
            call('c', { when: 'false' }),
            { id: 'last', type: 'transform', output: 1 },
          ],
          edges: [
            { from: 'which', to: 'a', condition: 'payload.n > 1' },
            { from: 'which', to: 'b', condition: 'payload.n > 5' },
            { from: 'which', to: 'c' },
            ...['a', 'b', 'c'].map((from) => ({ from, to: 'last' })),
          ],
        },
        { n: 3 },
      ),
      await start('items', {
        steps: [
          { id: 'list', type: 'transform', output: [1, 2, 3] },
          {
            id: 'loop',
            type: 'foreach',
            items: 'steps.list.output',
            concurrency: 2,
            graph: { steps: [call('each', { body: { n: '${ item }', at: '${ index }' } })], edges: [] },
          },
        ],
        edges: chain('list', 'loop'),
      }),
      await start('code-and-a-wait', {
        steps: [
          { id: 'code', type: 'code', source: 'export default (n) => n * 2;', input: 21 },
          { id: 'pause', type: 'wait', for: '50ms' },
        ],
        edges: chain('code', 'pause'),
      }),
      await start(
        'times-out',
        { steps: [{ id: 'long', type: 'wait', for: '1d' }], edges: [] },
        {},
        { settings: { timeout: '1s' } },
      ),
    ];
    await publishFlow(client, { name: 'child', graph: { steps: [call('inner')], edges: [] } });
    ended.push(await start('calls-a-child', { steps: [{ id: 'sub', type: 'flow', workflow: 'child', input: {} }], edges: [] }));

    const approved = await start('asks', {
      steps: [{ id: 'ask', type: 'approval', assignees: [] as string[], due: '1h' }, call('after')].map((step) =>
        'assignees' in step ? { ...step, assignees: undefined } : step,
      ),
      edges: chain('ask', 'after'),
    });
    await untilRun(client, approved, ({ waiting_for }) => waiting_for === 'approval');
    await client.need(
      client.post(`/flows/runs/${approved}/steps/${(await stepOf(client, approved, 'ask')).id}/approve`, { comment: 'fine' }),
    );

    const signalled = await start('hears', {
      steps: [
        { id: 'first', type: 'wait', for: '300ms' },
        { id: 'hear', type: 'wait', event: { type: 'custom.go', match: 'event.data.n == 2', timeout: '1h' } },
      ],
      edges: chain('first', 'hear'),
    });
    for (const n of [1, 2]) await client.need(client.post(`/flows/runs/${signalled}/signal`, { type: 'custom.go', data: { n } }));

    const paused = await start('pauses', {
      steps: [{ id: 'short', type: 'wait', for: '400ms' }, call('then')],
      edges: chain('short', 'then'),
    });
    await untilRun(client, paused, ({ status }) => status === 'waiting');
    await control(client, paused, 'pause', { reason: 'look' });
    await eventually(
      async () => (await installation.database.query("select 1 from run_facts where type = 'run.input_held'")).length > 0 || null,
      { what: 'the timer that fires meanwhile' },
    );
    await control(client, paused, 'resume');

    const cancelled = await start(
      'cleans-up',
      { steps: [{ id: 'long', type: 'wait', for: '1d' }, call('tidy')], edges: [] },
      {},
      { settings: { on_cancel: { goto: 'tidy' } } },
    );
    await untilRun(client, cancelled, ({ status }) => status === 'waiting');
    await control(client, cancelled, 'cancel', { reason: 'enough' });

    const failed = await start('is-retried', { steps: [call('before'), call('no_way')], edges: chain('before', 'no_way') });
    await endOf(client, failed);
    provider.answer(() => ({ body: { ok: true } }));
    await control(client, failed, 'retry', { from_step: 'no_way', input: { url: `${provider.url}/yes`, headers: {}, body: {} } });
    await untilRun(client, failed, ({ status }) => status === 'completed');

    for (const runId of [...ended, approved, signalled, paused, cancelled, failed]) await endOf(client, runId);
    const evidence = await collectEvidence(installation, { faults: false });
    const histories = recordHistories(evidence, names);
    expect(histories.length).toBeGreaterThan(12);
    expect(histories.map((history) => [history.name, differenceInReplay(history)])).toEqual(
      histories.map(({ name }) => [name, null]),
    );
    if (historiesFolder === undefined) return;
    mkdirSync(historiesFolder, { recursive: true });
    for (const history of histories)
      writeFileSync(join(historiesFolder, `${history.name}.json`), `${JSON.stringify(history, null, 2)}\n`);
  }, 90_000);
});
