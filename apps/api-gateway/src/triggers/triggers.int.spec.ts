import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromTypeId } from '@flows/contracts';
import { publishWorkflow } from '../../test/published-workflow.js';
import { startTestGateway, type TestGateway, type TestWorkspace } from '../../test/start-test-gateway.js';

let gateway: TestGateway;
let workspace: TestWorkspace;
let workflow: string;
const TRIGGERS = '/api/v1/flows/triggers';

beforeAll(async () => {
  gateway = await startTestGateway('gateway-triggers');
  workspace = await gateway.createWorkspace();
  workflow = await publishWorkflow(workspace);
}, 120_000);
afterAll(() => gateway.close());

const create = async (body: object = {}) =>
  workspace.client.post(TRIGGERS, {
    workflow_id: workflow,
    type: 'crm_event',
    event_type: 'lead.segment_entered',
    filter: 'event.data.segment_id == "hot"',
    mapping: { lead: '${ event.data.lead }' },
    ...body,
  });

describe('triggers', () => {
  it('are created, read, changed, listed and deleted', async () => {
    const created = await create({ name: 'Hot' });
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({
      id: expect.stringMatching(/^trg_/),
      workflow_id: workflow,
      target_type: 'workflow',
      name: 'Hot',
      enabled: true,
      source: null,
      last_fired_at: null,
    });
    const url = created.headers['location'] ?? '';
    expect((await workspace.client.get(url)).json).toEqual(created.json);
    const changed = (await workspace.client.patch(url, { enabled: false, filter: null, event_type: 'lead.*' })).json;
    expect(changed).toMatchObject({
      enabled: false,
      filter: null,
      event_type: 'lead.*',
      mapping: { lead: '${ event.data.lead }' },
    });
    expect((await workspace.client.get(`/api/v1/flows/workflows/${workflow}`)).json.triggers).toEqual([changed]);
    expect((await workspace.client.get(`${TRIGGERS}?workflow_id=${workflow}&type=crm_event`)).json.total).toBe(1);
    expect((await workspace.client.get(`${TRIGGERS}?type=connector_event`)).json.total).toBe(0);
    expect((await workspace.client.delete(url)).status).toBe(204);
    expect((await workspace.client.delete(url)).status).toBe(404);
    expect((await workspace.client.get(url)).status).toBe(404);
  });

  it('are refused with every problem at once when they could not fire', async () => {
    const { json } = await create({
      event_type: 'lead.exploded',
      filter: 'payload.x == 1',
      mapping: { a: { b: '${ event. }' } },
    });
    expect(json.errors.map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code])).toEqual([
      ['#/event_type', 'unknown_event_type'],
      ['#/filter', expect.any(String)],
      ['#/mapping/a/b', expect.any(String)],
    ]);
    expect((await create({ type: 'connector_event' })).json.errors).toMatchObject([{ pointer: '#/event_type' }]);
    expect((await create({ workflow_id: 'wf_01h455vb4pex5vsknk084sn02q' })).json.errors).toMatchObject([
      { pointer: '#/workflow_id', code: 'unknown_workflow' },
    ]);
    expect((await create({ type: 'schedule' })).json.errors).toMatchObject([{ pointer: '#/type' }]);
    for (const event_type of ['custom.invoice.paid', 'custom.*', 'lead.*', 'lead.created'])
      expect((await create({ event_type, filter: null })).status).toBe(201);
    const { id } = (await create()).json;
    expect((await workspace.client.patch(`${TRIGGERS}/${id}`, { filter: '1 +' })).json.errors).toMatchObject([
      { pointer: '#/filter' },
    ]);
  });

  it('tell what they would do with an event', async () => {
    const { id } = (await create()).json;
    const test = async (body: object) => (await workspace.client.post(`${TRIGGERS}/${id}/test`, body)).json;
    const event = { type: 'lead.segment_entered', data: { lead_id: 'l1', segment_id: 'hot', lead: { id: 'l1' } } };
    expect(await test({ event })).toMatchObject({ matched: true, verdict: 'started', payload: { lead: { id: 'l1' } } });
    const cold = await test({ event: { ...event, data: { ...event.data, segment_id: 'cold' } } });
    expect(cold).toMatchObject({ matched: false, verdict: 'filtered', payload: null });
    expect(cold.reason).toContain('event.data.segment_id == "hot"');
    expect(await test({ event: { ...event, data: { segment_id: 'hot' } } })).toMatchObject({
      matched: false,
      verdict: 'mapping_failed',
    });
    expect(await test({})).toMatchObject({ status: 422 });
    expect(await test({ event: { type: 5 } })).toMatchObject({ status: 422, errors: [{ pointer: '#/event/type' }] });
    expect(await test({ event_id: 'never-seen' })).toMatchObject({ status: 404 });
  });

  it('show their log, and an event shows all decisions on it', async () => {
    const { id } = (await create()).json;
    const ws = fromTypeId('ws', workspace.id);
    for (const [event, verdict, run] of [
      ['e1', 'started', '01932f5e-7c00-7000-8000-000000000001'],
      ['e2', 'filtered', null],
      ['e3', 'filtered', null],
    ]) {
      await gateway.database.query(
        "insert into decisions (workspace_id, trigger_id, event_source, event_id, event_type, subject, verdict, reason, details, run_id) values ($1, $2, '/crm', $3, 'lead.created', 'l1', $4, 'because', '{\"token\": \"x\"}', $5)",
        [ws, fromTypeId('trg', id), event, verdict, run],
      );
    }
    const log = (await workspace.client.get(`${TRIGGERS}/${id}/log?limit=2`)).json;
    expect(log).toMatchObject({
      total: 3,
      items: [
        {
          event_id: 'e3',
          verdict: 'filtered',
          reason: 'because',
          details: { token: '***' },
          run_id: null,
          trigger_id: id,
          subject: 'l1',
        },
        { event_id: 'e2' },
      ],
    });
    expect((await workspace.client.get(`${TRIGGERS}/${id}/log?limit=2&cursor=${log.next_cursor}`)).json).toMatchObject({
      next_cursor: null,
      items: [{ event_id: 'e1', run_id: expect.stringMatching(/^run_/) }],
    });
    expect((await workspace.client.get(`${TRIGGERS}/${id}/log?verdict=started`)).json.total).toBe(1);
    expect((await workspace.client.get(`${TRIGGERS}/${id}/log?verdict=maybe`)).status).toBe(422);
    expect((await workspace.client.get('/api/v1/flows/events/e2/decisions')).json.items).toMatchObject([
      { event_id: 'e2', trigger_id: id },
    ]);
    expect((await workspace.client.get('/api/v1/flows/events/unknown/decisions')).json).toEqual({
      items: [],
      next_cursor: null,
      total: 0,
    });
  });
});
