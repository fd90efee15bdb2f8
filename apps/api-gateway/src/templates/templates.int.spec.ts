import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';

let gateway: TestGateway;
let workspace: TestWorkspace;
const TEMPLATES = '/api/v1/flows/templates';
const inputs = { segment_id: 'seg_"hot"', sequence_id: 'seq_1' };

beforeAll(async () => {
  gateway = await startTestGateway('gateway-templates');
  workspace = await gateway.createWorkspace();
  await workspace.client.post('/api/v1/connectors/connections', {
    name: 'crm',
    provider: 'crm',
    config: { base_url: 'http://127.0.0.1:9/' },
  });
}, 120_000);
afterAll(() => gateway.close());

describe('the gallery', () => {
  it('lists, filters and shows templates with their inputs form', async () => {
    expect((await workspace.client.get(`${TEMPLATES}?q=sequence&trigger_type=crm_event`)).json).toMatchObject({
      total: 1,
      items: [{ slug: 'lead-to-sequence', version: 1, required_connections: [{ name: 'crm' }] }],
    });
    expect((await workspace.client.get(`${TEMPLATES}?q=nothing`)).json).toEqual({ items: [], next_cursor: null, total: 0 });
    const template = (await workspace.client.get(`${TEMPLATES}/lead-to-sequence`)).json;
    expect(template.inputs_schema.properties.min_score).toMatchObject({ default: 50 });
    expect(template.graph.steps.map(({ id }: { id: string }) => id)).toEqual(['enrich', 'qualified', 'add', 'nurture']);
    expect((await workspace.client.get(`${TEMPLATES}/nope`)).status).toBe(404);
  });
});

describe('instantiating', () => {
  it('makes a published workflow with its trigger and its agent, ready to run', async () => {
    const { status, json, headers } = await workspace.client.post(`${TEMPLATES}/lead-to-sequence/instantiate`, {
      inputs,
      publish: true,
    });
    expect(status).toBe(201);
    expect(headers['location']).toBe(`/api/v1/flows/workflows/${json.id}`);
    expect(json).toMatchObject({
      name: 'Lead to sequence',
      status: 'active',
      active_version: 1,
      template: 'lead-to-sequence@1',
      draft: null,
      inputs: { ...inputs, min_score: 50 },
      warnings: [],
      triggers: [
        {
          type: 'crm_event',
          enabled: true,
          event_type: 'lead.segment_entered',
          filter: 'event.data.segment_id == "seg_\\"hot\\""',
          mapping: { lead: '${ event.data.lead }' },
        },
      ],
    });
    expect((await workspace.client.get('/api/v1/agents')).json.items).toMatchObject([
      { slug: 'lead-enricher', provider: 'offline' },
    ]);
    const event = { type: 'lead.segment_entered', data: { lead_id: 'l', segment_id: 'seg_"hot"', lead: { id: 'l' } } };
    expect((await workspace.client.post(`/api/v1/flows/triggers/${json.triggers[0].id}/test`, { event })).json).toMatchObject({
      matched: true,
      payload: { lead: { id: 'l' } },
    });
    expect(
      (await workspace.client.post(`/api/v1/flows/workflows/${json.id}/runs`, { payload: { lead: { id: 'l' } } })).status,
    ).toBe(202);
    expect(
      (await workspace.client.post(`/api/v1/flows/workflows/${json.id}/runs`, { payload: { lead: {} } })).json.errors,
    ).toMatchObject([{ pointer: '#/payload/lead/id' }]);
  });

  it('makes a draft where publishing is not asked for, without a trigger where none is wanted', async () => {
    const { json } = await workspace.client.post(`${TEMPLATES}/lead-to-sequence/instantiate`, {
      inputs: { ...inputs, min_score: 10 },
      name: 'Mine',
      trigger: false,
    });
    expect(json).toMatchObject({ name: 'Mine', status: 'draft', triggers: [], draft: { version: 1, inputs: { min_score: 10 } } });
    expect((await workspace.client.get('/api/v1/agents')).json.total).toBe(1);
  });

  it.each([
    [{ segment_id: 5, sequence_id: 's' }, ['#/inputs/segment_id', 'type']],
    [{ segment_id: 's' }, ['#/inputs/sequence_id', 'required']],
    [{ segment_id: 's', sequence_id: 's', colour: 1 }, ['#/inputs/colour', 'unknown_key']],
    [{ segment_id: 's', sequence_id: 's', min_score: 101 }, ['#/inputs/min_score', 'maximum']],
  ])('refuses %j per field', async (wrong, [pointer, code]) => {
    const { status, json } = await workspace.client.post(`${TEMPLATES}/lead-to-sequence/instantiate`, { inputs: wrong });
    expect(status).toBe(422);
    expect(json.errors).toMatchObject([{ pointer, code }]);
  });

  it('leaves nothing behind when it cannot be published, and says what is missing when it need not be', async () => {
    const bare = await gateway.createWorkspace();
    const refused = await bare.client.post(`${TEMPLATES}/lead-to-sequence/instantiate`, { inputs, publish: true });
    expect(refused.json).toMatchObject({ status: 422, code: 'invalid_graph' });
    for (const list of ['workflows', 'triggers']) expect((await bare.client.get(`/api/v1/flows/${list}`)).json.total).toBe(0);
    expect((await bare.client.get('/api/v1/agents')).json.total).toBe(0);
    const draft = await bare.client.post(`${TEMPLATES}/lead-to-sequence/instantiate`, { inputs });
    expect(draft.status).toBe(201);
    expect(draft.json.warnings.some(({ pointer }: { pointer: string }) => pointer === '#/graph/steps/2/connection')).toBe(true);
  });
});

describe('connections and agents', () => {
  it('are checked, named once, and never take a secret or a forbidden address', async () => {
    const connections = '/api/v1/connectors/connections';
    expect((await workspace.client.post(connections, { name: 'crm', provider: 'crm' })).json.code).toBe('name_taken');
    expect((await workspace.client.post(connections, { name: 'x', provider: 'x' })).json.errors).toMatchObject([
      { pointer: '#/provider' },
    ]);
    expect(
      (await workspace.client.post(connections, { name: 'x', provider: 'crm', config: { api_token: 'x' } })).json.errors,
    ).toMatchObject([{ pointer: '#/config/api_token', code: 'secret_in_config' }]);
    expect(
      (await workspace.client.post(connections, { name: 'x', provider: 'crm', config: { base_url: 'http://10.0.0.1/' } })).json,
    ).toMatchObject({ status: 422, code: 'egress_denied', errors: [{ pointer: '#/config/base_url' }] });
    const [crm] = (await workspace.client.get(connections)).json.items;
    expect(crm).toMatchObject({ name: 'crm', provider: 'crm', role: 'both', status: 'connected' });
    const change = (body: object) => workspace.client.send('PATCH', `${connections}/${crm.id}`, body);
    expect((await change({ config: { base_url: 'http://10.0.0.1/' } })).json).toMatchObject({
      status: 422,
      code: 'egress_denied',
    });
    expect((await change({ name: 'other' })).status).toBe(422);
    expect((await change({ role: 'sink' })).json).toEqual({ ...crm, role: 'sink', updated_at: expect.any(String) });
    expect((await change({ config: { base_url: 'https://crm.example.com' } })).json).toMatchObject({
      role: 'sink',
      config: { base_url: 'https://crm.example.com' },
    });
    expect(
      (await workspace.client.get('/api/v1/connectors')).json.items
        .find(({ name }: { name: string }) => name === 'crm')
        .actions.map(({ name }: { name: string }) => name),
    ).toContain('sequences.add_lead');
    expect(
      (await workspace.client.post('/api/v1/agents', { slug: 'lead-enricher', name: 'x', instructions: 'x' })).json.code,
    ).toBe('name_taken');
    expect(
      (
        await workspace.client.post('/api/v1/agents', {
          slug: 'x',
          name: 'x',
          instructions: 'x',
          output_schema: { type: 'nope' },
        })
      ).json.errors[0].pointer,
    ).toMatch(/^#\/output_schema/);
  });
});
