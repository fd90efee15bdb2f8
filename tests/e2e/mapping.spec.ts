import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { startRecordingProvider, type RecordingProvider } from '@flows/testkit';
import { Installation, type Workspace } from '../harness/installation.js';
import { publishFlow, runToEnd, stepsOf } from '../harness/flows.js';

/**
 * Data mapping through running services (acceptance row 14): the golden expressions of libs/flow-graph, each the output of a transform
 * step, and what a missing field says. Those that read the run's own start or its event are tested where they are compiled.
 */
interface GoldenCase {
  cel: string;
  value?: unknown;
  error?: string;
  message?: string;
}
const golden = JSON.parse(
  readFileSync(new URL('../../libs/flow-graph/src/expression/golden-expressions.json', import.meta.url), 'utf8'),
) as {
  context: { payload: Record<string, unknown>; inputs: object; steps: { enrich: { output: unknown } } };
  cases: GoldenCase[];
};
const CASES = golden.cases.filter(({ cel }) => !/\b(run|trigger)\./.test(cel));

let installation: Installation;
let workspace: Workspace;
let provider: RecordingProvider;

beforeAll(async () => {
  [installation, provider] = await Promise.all([Installation.start(), startRecordingProvider()]);
  provider.answer({ status: 500, body: { detail: 'boom' } });
  workspace = await installation.createWorkspace();
}, 90_000);
afterAll(async () => {
  await installation?.close();
  await provider?.close();
});

const transform = (id: string, output: unknown, more: object = {}) => ({ id, type: 'transform', output, ...more });

describe('golden expressions', () => {
  it('yield over REST what they yield where they are compiled', async () => {
    expect(CASES.length).toBeGreaterThanOrEqual(40);
    const idOf = (index: number): string => `case_${index}`;
    const upstream = ['enrich', 'skipped', 'call'];
    const graph = {
      steps: [
        transform('enrich', golden.context.steps.enrich.output),
        transform('skipped', 'x', { when: 'false' }),
        { id: 'call', type: 'http', url: `${provider.url}/call`, retry: { max_attempts: 1 }, on_error: 'continue' },
        ...CASES.map(({ cel }, index) => transform(idOf(index), `\${ ${cel} }`, { on_error: 'continue' })),
      ],
      edges: CASES.flatMap((_, index) => upstream.map((from) => ({ from, to: idOf(index) }))),
    };
    const workflow = await publishFlow(workspace.client, { graph, inputs: golden.context.inputs });
    const run = await runToEnd(workspace.client, workflow, golden.context.payload);
    expect(run.status).toBe('completed');
    const steps = new Map((await stepsOf(workspace.client, run.id)).map((step) => [step.step_id, step]));
    const seen = CASES.map(({ cel }, index) => {
      const step = steps.get(idOf(index));
      return { cel, ...(step?.status === 'completed' ? { value: step.output } : { error: step?.error?.code }) };
    });
    expect(seen).toEqual(CASES.map(({ cel, value, error }) => ({ cel, ...(error === undefined ? { value } : { error }) })));
    for (const [index, { message }] of CASES.entries())
      if (message !== undefined) expect(steps.get(idOf(index))?.error?.message).toContain(message);
  });
});

describe('a mapping', () => {
  const mapped = async (output: unknown, payload: unknown) => {
    const workflow = await publishFlow(workspace.client, {
      graph: {
        steps: [transform('first', { score: 7, tags: ['a'] }), transform('map', output)],
        edges: [{ from: 'first', to: 'map' }],
      },
      inputs: { limit: 50 },
    });
    return runToEnd(workspace.client, workflow, payload);
  };

  it('takes payload, earlier outputs, constants and expressions, and keeps their types', async () => {
    const run = await mapped(
      {
        whole: '${ payload.lead }',
        number: '${ steps.first.output.score }',
        constant: '${ inputs.limit }',
        computed: '${ payload.lead.score + steps.first.output.score > inputs.limit }',
        text: 'Dear ${ payload.lead.name }, ${ steps.first.output.score } of ${ inputs.limit } $${untouched}',
        nothing: '${ payload.lead.phone }',
        inText: '[${ payload.lead.phone }]',
        or: '${ default(payload.lead.fax, "none") }',
        list: ['${ steps.first.output.tags }', 1, null],
        [`key`]: { deep: ['${ payload.lead.name }'] },
      },
      { lead: { name: 'Ada', score: 44, phone: null } },
    );
    expect(run.output).toEqual({
      whole: { name: 'Ada', score: 44, phone: null },
      number: 7,
      constant: 50,
      computed: true,
      text: 'Dear Ada, 7 of 50 ${untouched}',
      nothing: null,
      inText: '[]',
      or: 'none',
      list: [['a'], 1, null],
      key: { deep: ['Ada'] },
    });
  });

  it.each([
    ['alone', '${ payload.lead.email }'],
    ['inside a text', 'mail to ${ payload.lead.email }!'],
    ['deep in a list', { to: [{ address: '${ payload.lead.email }' }] }],
  ])('of a missing field %s is an error that names step and path, never an empty text', async (_where, output) => {
    const run = await mapped(output, { lead: { name: 'Ada' } });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'no_such_key', step_id: 'map', class: 'non_retryable' } });
    expect(run.error?.message).toContain('payload.lead.email');
    expect(run.output).toBeNull();
  });

  it('of a missing field in a request sends nothing', async () => {
    provider.reset();
    const step = { id: 'send', type: 'http', method: 'POST', url: `${provider.url}/x`, body: { to: '${ payload.lead.email }' } };
    const workflow = await publishFlow(workspace.client, { graph: { steps: [step], edges: [] } });
    const run = await runToEnd(workspace.client, workflow, { lead: {} });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'no_such_key', step_id: 'send' } });
    expect(run.error?.message).toContain('payload.lead.email');
    expect(provider.calls).toHaveLength(0);
  });
});
