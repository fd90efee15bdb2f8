import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';

let gateway: TestGateway;
let workspace: TestWorkspace;
const WORKFLOWS = '/api/v1/flows/workflows';
const graph = {
  steps: [
    { id: 'a', type: 'transform', output: { n: '${ payload.n }' } },
    { id: 'b', type: 'wait', for: '1s' },
  ],
  edges: [{ from: 'a', to: 'b', condition: 'steps.a.output.n > 1' }],
};

beforeAll(async () => {
  gateway = await startTestGateway('gateway-workflows');
  workspace = await gateway.createWorkspace();
}, 120_000);
afterAll(() => gateway.close());

const create = async (body: object = {}) => (await workspace.client.post(WORKFLOWS, { name: 'Flow', graph, ...body })).json;
const pointers = (json: { errors: { pointer: string; code: string }[] }) =>
  json.errors.map(({ pointer, code }) => [pointer, code]);

describe('workflows', () => {
  it('are created as a draft that never starts by itself', async () => {
    const created = await workspace.client.post(WORKFLOWS, {
      name: ' Flow ',
      description: 'd',
      graph,
      input_schema: { type: 'object' },
      settings: { timeout: '1d' },
    });
    expect(created.status).toBe(201);
    expect(created.headers['location']).toBe(`${WORKFLOWS}/${created.json.id}`);
    expect(created.json).toMatchObject({
      name: 'Flow',
      status: 'draft',
      active_version: null,
      graph: null,
      draft: { version: 1, graph, settings: { timeout: '1d' } },
      triggers: [],
    });
    const read = await workspace.client.get(`${WORKFLOWS}/${created.json.id}`);
    const { warnings: _, ...view } = created.json;
    expect(read.json).toEqual(view);
    expect(read.headers['etag']).toBe(created.headers['etag']);
    expect(
      (await workspace.client.get(`${WORKFLOWS}/${created.json.id}`, { 'if-none-match': read.headers['etag'] ?? '' })).status,
    ).toBe(304);
    expect((await workspace.client.post(`${WORKFLOWS}/${created.json.id}/runs`, {})).json.code).toBe('workflow_not_published');
  });

  it('are refused with every problem of the graph, by pointer and step', async () => {
    const bad = {
      steps: [
        { id: 'a', type: 'transform', output: '${ payload.x + }' },
        { id: 'A', type: 'agent', agent: 'x' },
        { id: 'c', type: 'connector', connection: 'nowhere', action: 'x', extra: 1 },
      ],
      edges: [{ from: 'a', to: 'z' }],
    };
    const { json } = await workspace.client.post(WORKFLOWS, {
      name: 'x',
      graph: bad,
      input_schema: { type: 'strin' },
      settings: { timeout: 'soon' },
    });
    expect(json).toMatchObject({ status: 422, code: 'invalid_graph' });
    const found = pointers(json).map(([pointer]) => pointer);
    for (const pointer of [
      '#/graph/steps/0/output',
      '#/graph/steps/1/id',
      '#/graph/steps/2/extra',
      '#/graph/edges/0/to',
      '#/settings/timeout',
    ])
      expect(found).toContain(pointer);
    expect(found.some((pointer) => pointer?.startsWith('#/input_schema'))).toBe(true);
    expect(json.errors.find((error: { pointer: string }) => error.pointer === '#/graph/steps/2/extra')).toMatchObject({
      code: 'unknown_key',
      step_id: 'c',
    });
  });

  it('may be created without a graph, and published only with one', async () => {
    const { id, draft } = (await workspace.client.post(WORKFLOWS, { name: 'empty' })).json;
    expect(draft.graph).toEqual({ steps: [], edges: [] });
    expect(pointers((await workspace.client.post(`${WORKFLOWS}/${id}/publish`)).json)).toEqual([['#/graph/steps', 'no_steps']]);
  });

  it('go from draft to published to a new draft; a published version never changes', async () => {
    const { id } = await create();
    const published = await workspace.client.post(`${WORKFLOWS}/${id}/publish`, { note: 'first' });
    expect(published.json).toMatchObject({ status: 'active', active_version: 1, graph, draft: null });
    expect((await workspace.client.post(`${WORKFLOWS}/${id}/publish`)).json.code).toBe('nothing_to_publish');
    const next = { steps: [graph.steps[0]], edges: [] };
    const saved = await workspace.client.put(`${WORKFLOWS}/${id}/graph`, next, { 'if-match': published.headers['etag'] ?? '' });
    expect(saved.json).toMatchObject({ active_version: 1, graph, draft: { version: 2, graph: next } });
    await workspace.client.post(`${WORKFLOWS}/${id}/publish`);
    const versions = (await workspace.client.get(`${WORKFLOWS}/${id}/versions`)).json;
    expect(versions.items).toMatchObject([
      { version: 2, status: 'published', current: true, note: null },
      { version: 1, status: 'published', current: false, note: 'first', author: expect.stringMatching(/^key_/) },
    ]);
    expect((await workspace.client.get(`${WORKFLOWS}/${id}/versions/1`)).json).toMatchObject({ version: 1, graph });
    expect((await workspace.client.get(`${WORKFLOWS}/${id}/versions/3`)).status).toBe(404);
    expect((await workspace.client.get(`${WORKFLOWS}/${id}/versions/x`)).status).toBe(404);
  });

  it('let one of two writers with the same entity tag win', async () => {
    const { id } = await create();
    const { etag = '' } = (await workspace.client.get(`${WORKFLOWS}/${id}`)).headers;
    const answers = await Promise.all(
      [1, 2].map((n) =>
        workspace.client.put(
          `${WORKFLOWS}/${id}/graph`,
          { steps: [{ id: `s${n}`, type: 'wait', for: '1s' }], edges: [] },
          { 'if-match': etag },
        ),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const lost = answers.find(({ status }) => status === 412);
    expect(lost?.json.current_etag).toBe(answers.find(({ status }) => status === 200)?.headers['etag']);
    expect((await workspace.client.put(`${WORKFLOWS}/${id}/graph`, graph)).json).toMatchObject({
      status: 428,
      code: 'precondition_required',
    });
    expect((await workspace.client.put(`${WORKFLOWS}/${id}/graph`, graph, { 'if-match': `W/${etag}` })).status).toBe(412);
    expect((await workspace.client.put(`${WORKFLOWS}/${id}/graph`, graph, { 'if-match': '*' })).status).toBe(200);
    expect((await workspace.client.patch(`${WORKFLOWS}/${id}`, { name: 'x' }, { 'if-match': etag })).status).toBe(412);
  });

  it('keep the draft when a graph with problems is sent, with pointers into that body', async () => {
    const { id, draft } = await create();
    const { json } = await workspace.client.put(
      `${WORKFLOWS}/${id}/graph`,
      { steps: [{ id: 'a', type: 'wait', for: '1s', foo: 1 }], edges: [{ from: 'a', to: 'q' }] },
      { 'if-match': '*' },
    );
    expect(pointers(json)).toEqual(
      expect.arrayContaining([
        ['#/steps/0/foo', 'unknown_key'],
        ['#/edges/0/to', 'dangling_edge'],
      ]),
    );
    expect(
      pointers(
        (await workspace.client.put(`${WORKFLOWS}/${id}/graph`, { steps: [], edges: [], name: 'x' }, { 'if-match': '*' })).json,
      ),
    ).toEqual([['#/name', 'unknown_key']]);
    expect((await workspace.client.get(`${WORKFLOWS}/${id}`)).json.draft).toEqual(draft);
  });

  it('are validated without saving, the draft or a graph that is sent', async () => {
    const { id } = await create();
    expect((await workspace.client.post(`${WORKFLOWS}/${id}/validate`)).json).toEqual({
      valid: true,
      problems: [],
      warnings: expect.any(Array),
    });
    const { json } = await workspace.client.post(`${WORKFLOWS}/${id}/validate`, {
      steps: [{ id: 'a', type: 'wait', for: 'x' }],
      edges: [],
    });
    expect(json).toMatchObject({ valid: false, problems: [{ pointer: '#/steps/0/for', step_id: 'a' }] });
  });

  it('change name and status at once, and the rest in the draft', async () => {
    const { id } = await create();
    expect((await workspace.client.patch(`${WORKFLOWS}/${id}`, { status: 'active' })).json.code).toBe('workflow_not_published');
    await workspace.client.post(`${WORKFLOWS}/${id}/publish`);
    const patched = (
      await workspace.client.patch(`${WORKFLOWS}/${id}`, {
        name: 'New',
        status: 'inactive',
        output: '${ steps.a.output.n }',
        input_schema: { type: 'object' },
      })
    ).json;
    expect(patched).toMatchObject({
      name: 'New',
      status: 'inactive',
      output: null,
      draft: { version: 2, output: '${ steps.a.output.n }', input_schema: { type: 'object' }, graph },
    });
    expect((await workspace.client.post(`${WORKFLOWS}/${id}/runs`, {})).json.code).toBe('workflow_inactive');
    expect((await workspace.client.patch(`${WORKFLOWS}/${id}`, { output: null })).json.draft.output).toBeNull();
    expect(
      pointers((await workspace.client.patch(`${WORKFLOWS}/${id}`, { output: '${ steps.nope.output }' })).json)[0]?.[0],
    ).toBe('#/output');
    for (const body of [{ workspace_id: 'x' }, { status: 'archived' }, { created_by: 1 }, { graph }])
      expect((await workspace.client.patch(`${WORKFLOWS}/${id}`, body)).status).toBe(422);
  });

  it('show what runs did lately', async () => {
    const { id } = await create();
    await workspace.client.post(`${WORKFLOWS}/${id}/publish`);
    const run = (await workspace.client.post(`${WORKFLOWS}/${id}/runs`, { payload: { n: 2 } })).json;
    const item = (await workspace.client.get(WORKFLOWS)).json.items.find((candidate: { id: string }) => candidate.id === id);
    expect(item).toMatchObject({
      runs_today: 1,
      last_run: { id: run.id, status: 'queued', created_at: run.created_at },
      active_version: 1,
      draft_version: null,
    });
  });

  it('are archived only without live runs, and then only read', async () => {
    const { id } = await create();
    await workspace.client.post(`${WORKFLOWS}/${id}/publish`);
    await workspace.client.post(`${WORKFLOWS}/${id}/runs`, { payload: { n: 2 } });
    expect((await workspace.client.delete(`${WORKFLOWS}/${id}`)).json).toMatchObject({
      status: 409,
      code: 'live_runs',
      live_runs: 1,
    });
    await gateway.database.query("update runs set status = 'completed'");
    expect((await workspace.client.delete(`${WORKFLOWS}/${id}`)).status).toBe(204);
    expect((await workspace.client.delete(`${WORKFLOWS}/${id}`)).status).toBe(204);
    expect((await workspace.client.get(`${WORKFLOWS}/${id}`)).json.status).toBe('archived');
    expect((await workspace.client.get(WORKFLOWS)).json.items.map((item: { id: string }) => item.id)).not.toContain(id);
    expect((await workspace.client.patch(`${WORKFLOWS}/${id}`, { name: 'x' })).json.code).toBe('workflow_archived');
    expect((await workspace.client.put(`${WORKFLOWS}/${id}/graph`, graph, { 'if-match': '*' })).json.code).toBe(
      'workflow_archived',
    );
    expect((await workspace.client.post(`${WORKFLOWS}/${id}/runs`, {})).json.code).toBe('workflow_archived');
  });

  it('mask secrets that are written into a graph, and keep them when the mask comes back', async () => {
    const secretive = {
      steps: [
        {
          id: 'call',
          type: 'http',
          url: 'https://example.com/',
          headers: { Authorization: 'Bearer sesame', 'X-Api-Key': '${ inputs.api_key }' },
        },
      ],
      edges: [],
    };
    const { id, draft } = await create({ graph: secretive, inputs: { api_key: 'k' } });
    expect(draft.graph.steps[0].headers).toEqual({ Authorization: '***', 'X-Api-Key': '${ inputs.api_key }' });
    const again = {
      steps: [...draft.graph.steps, { id: 'more', type: 'wait', for: '1s' }],
      edges: [{ from: 'call', to: 'more' }],
    };
    expect((await workspace.client.put(`${WORKFLOWS}/${id}/graph`, again, { 'if-match': '*' })).status).toBe(200);
    const [row] = await gateway.database.query<{ header: string }>(
      "select definition #>> '{graph,steps,0,headers,Authorization}' as header from workflow_versions where definition::text like '%sesame%'",
    );
    expect(row?.header).toBe('Bearer sesame');
  });
});
