import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CrmFixture } from '../test/crm-fixture.js';

let crm: CrmFixture;

beforeEach(async () => {
  crm = await CrmFixture.start();
});

afterEach(() => crm.stop());

const types = async (count: number) => (await crm.crmBroker.take(count)).map((event) => event.type);

describe('leads', () => {
  it('are listed in pages until the end', async () => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await crm.call('GET', `/leads?limit=15${cursor ? `&cursor=${cursor}` : ''}`);
      expect(body.total).toBe(40);
      ids.push(...body.items.map((lead: { id: string }) => lead.id));
      cursor = body.next_cursor;
    } while (cursor);
    expect(new Set(ids).size).toBe(40);
    expect(ids[0]).toBe('lead_0001');
  });

  it.each([
    ['/leads?limit=0', 'invalid_limit', 'limit'],
    ['/leads?limit=ten', 'invalid_limit', 'limit'],
    ['/leads?cursor=nobody', 'invalid_cursor', 'cursor'],
  ])('refuse %s', async (path, code, field) => {
    const { status, body } = await crm.call('GET', path);
    expect([status, body.code]).toEqual([422, code]);
    expect(body.message).toContain(field);
  });

  it('are created with an event', async () => {
    const { status, body, headers } = await crm.call('POST', '/leads', { name: 'Ada', email: 'ada@x.example' });
    expect([status, body.id, headers.get('location')]).toEqual([201, 'lead_0041', '/leads/lead_0041']);
    const [event] = await crm.crmBroker.take(1);
    expect(event).toMatchObject({ type: 'lead.created', subject: 'lead_0041', data: { lead_id: 'lead_0041', lead: body } });
  });

  it('tell each kind of change', async () => {
    await crm.call('PATCH', '/leads/lead_0001', { status: 'qualified', score: 70 });
    expect(await types(3)).toEqual(['lead.updated', 'lead.status_changed', 'lead.score_changed']);
    const [updated, status, score] = await crm.crmBroker.take(3);
    expect(updated?.data).toMatchObject({ changed: ['status', 'score'], before: { status: 'new', score: null } });
    expect(status?.data).toMatchObject({ changed: ['status'], before: { status: 'new' }, from: 'new', to: 'qualified' });
    expect(score?.data).toMatchObject({ lead: { score: 70 }, before: { score: null } });
  });

  it('tell nothing where nothing changed', async () => {
    await crm.call('PATCH', '/leads/lead_0001', { status: 'new' });
    await crm.call('PATCH', '/leads/lead_0001', { title: 'Chair' });
    expect(await types(1)).toEqual(['lead.updated']);
    expect((await crm.crmBroker.take(1))[0]?.data).toMatchObject({ changed: ['title'] });
  });

  it('name every wrong field', async () => {
    const { status, body, headers } = await crm.call('PATCH', '/leads/lead_0001', {
      shoe: 4,
      score: 'high',
      company: { employees: -1 },
    });
    expect(status).toBe(422);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body.code).toBe('invalid_body');
    expect(body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
      '#/company/employees',
      '#/score',
      '#/shoe',
    ]);
    expect(body.message).toContain('score: must be number or null');
  });
});

describe('segments', () => {
  it('are entered and left once, with one event each', async () => {
    const path = '/segments/seg_hot_leads/members/lead_0003';
    expect((await crm.call('PUT', path)).status).toBe(201);
    expect((await crm.call('PUT', path)).status).toBe(200);
    expect((await crm.call('GET', '/segments/seg_hot_leads/members')).body.items).toEqual([
      { lead_id: 'lead_0003', entered_at: expect.any(String) },
    ]);
    expect((await crm.call('DELETE', path)).status).toBe(204);
    expect((await crm.call('DELETE', path)).status).toBe(204);
    await crm.call('PUT', path);
    expect(await types(3)).toEqual(['lead.segment_entered', 'lead.segment_left', 'lead.segment_entered']);
    expect((await crm.crmBroker.take(1))[0]?.data).toMatchObject({
      lead_id: 'lead_0003',
      lead: { id: 'lead_0003' },
      segment_id: 'seg_hot_leads',
      segment: { id: 'seg_hot_leads', name: 'Hot leads' },
    });
  });

  it.each([
    ['/segments/none/members/lead_0001', 'segment_not_found', 'none'],
    ['/segments/seg_hot_leads/members/nobody', 'lead_not_found', 'nobody'],
  ])('do not know %s', async (path, code, name) => {
    const { status, body } = await crm.call('PUT', path);
    expect([status, body.code]).toEqual([404, code]);
    expect(body.message).toContain(name);
  });
});

describe('sequences', () => {
  it('take a lead once', async () => {
    const path = '/sequences/seq_welcome/enrollments';
    const first = await crm.call('POST', path, { lead_id: 'lead_0001' });
    expect(first).toMatchObject({ status: 201, body: { sequence_id: 'seq_welcome', lead_id: 'lead_0001', status: 'active' } });
    const second = await crm.call('POST', path, { lead_id: 'lead_0001' });
    expect(second).toMatchObject({ status: 409, body: { code: 'already_enrolled', errors: [{ pointer: '#/lead_id' }] } });
    expect((await crm.call('GET', `${path}?lead_id=lead_0001`)).body).toMatchObject({ total: 1, items: [first.body] });
    expect((await crm.call('GET', '/sequences')).body.items[0]).toEqual({
      id: 'seq_welcome',
      name: 'Welcome sequence',
      enrollments: 1,
    });
  });

  it('need to know the lead', async () => {
    const path = '/sequences/seq_welcome/enrollments';
    expect((await crm.call('POST', path, {})).body).toMatchObject({ code: 'invalid_body', message: 'lead_id: is required' });
    expect((await crm.call('POST', path)).body).toMatchObject({ code: 'invalid_body' });
    expect(await crm.call('POST', path, '{"lead_id"')).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
  });
});

describe('forms', () => {
  it('find the lead by its address or make one', async () => {
    const known = await crm.call('POST', '/forms/contact/submissions', {
      email: 'MARA.lindqvist@bluefjord.example',
      fields: { topic: 'demo' },
    });
    const fresh = await crm.call('POST', '/forms/contact/submissions', { email: 'new@x.example', name: 'New' });
    expect([known.body.lead_id, fresh.body.lead_id]).toEqual(['lead_0001', 'lead_0041']);
    const [first, second] = await crm.connectorBroker.take(2);
    expect(first).toMatchObject({
      type: 'form.submitted',
      subject: 'lead_0001',
      data: { form_id: 'contact', fields: { topic: 'demo' } },
    });
    expect(second).toMatchObject({ type: 'form.submitted', subject: 'lead_0041' });
    expect(await types(1)).toEqual(['lead.created']);
  });
});

describe('event envelope', () => {
  const path = '/segments/seg_hot_leads/members/lead_0001';

  it('is a CloudEvent of the workspace, with the causation of the call', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { 'x-workspace-id': 'ws_other', 'x-causation-id': 'run_1', 'x-causation-depth': '3', traceparent };
    await crm.call('PUT', path, undefined, headers);
    expect((await crm.crmBroker.take(1))[0]).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: '/crm-simulator',
      type: 'lead.segment_entered',
      subject: 'lead_0001',
      time: expect.stringMatching(/Z$/),
      datacontenttype: 'application/json',
      workspaceid: 'ws_other',
      causationid: 'run_1',
      causationdepth: 3,
      traceparent,
      data: expect.anything(),
    });
  });

  it('refuses a depth that is no whole number', async () => {
    const { status, body } = await crm.call('PUT', path, undefined, { 'x-causation-depth': '1.5' });
    expect([status, body.code]).toEqual([400, 'invalid_causation_depth']);
  });

  it('is not made without a workspace: the write is refused whole', async () => {
    await crm.stop();
    crm = await CrmFixture.start({ workspaceId: null });
    expect(await crm.call('PUT', path)).toMatchObject({ status: 422, body: { code: 'workspace_unknown' } });
    expect((await crm.call('GET', '/segments/seg_hot_leads/members')).body.total).toBe(0);
    expect((await crm.call('PUT', path, undefined, { 'x-workspace-id': 'ws_1' })).status).toBe(201);
  });
});

describe('routes', () => {
  it('are refused by path and method', async () => {
    expect(await crm.call('GET', '/nothing')).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    const { status, headers } = await crm.call('DELETE', '/leads/lead_0001');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, PATCH']);
    expect(await crm.call('GET', '//leads')).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    expect(await crm.call('GET', '/leads/%E0%A4%A')).toMatchObject({ status: 400, body: { code: 'malformed_path' } });
  });

  it('refuse bodies that are too large', async () => {
    const { status, body } = await crm.call('POST', '/leads', { name: 'x'.repeat(300_000) });
    expect([status, body.code]).toEqual([413, 'body_too_large']);
  });

  it('stay silent to a caller that hung up before its request was whole', async () => {
    await crm.sendPart('POST /leads HTTP/1.1\r\nhost: crm\r\ncontent-length: 100\r\n\r\n{"name"');
    expect((await crm.call('GET', '/health')).status).toBe(200);
    expect(crm.log).toEqual([]);
  });
});
