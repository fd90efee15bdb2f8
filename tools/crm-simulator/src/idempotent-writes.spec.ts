import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CrmFixture } from '../test/crm-fixture.js';

const ENROLL = '/sequences/seq_welcome/enrollments';

let crm: CrmFixture;

beforeEach(async () => {
  crm = await CrmFixture.start();
});

afterEach(() => crm.stop());

const enroll = (leadId: string, key: string) => crm.call('POST', ENROLL, { lead_id: leadId }, { 'idempotency-key': key });
const callsOf = async (key: string) => (await crm.call('GET', `/calls?key=${key}`)).body.items[0];

describe('writes with a key', () => {
  it('replay the first answer byte for byte and apply once, over a restart too', async () => {
    const first = await enroll('lead_0001', 'k1');
    const second = await enroll('lead_0001', '"k1"');
    await crm.restart();
    const third = await enroll('lead_0001', 'k1');
    expect([first.status, second.status, third.status]).toEqual([201, 201, 201]);
    expect([second.text, third.text]).toEqual([first.text, first.text]);
    expect([first, second, third].map((reply) => reply.headers.get('idempotency-replayed'))).toEqual([null, 'true', 'true']);
    expect((await crm.call('GET', ENROLL)).body.total).toBe(1);
    expect(await callsOf('k1')).toMatchObject({ key: 'k1', method: 'POST', path: ENROLL, count: 3, applied: 1 });
  });

  it('refuse another body or route under the same key', async () => {
    await enroll('lead_0001', 'k1');
    expect(await enroll('lead_0002', 'k1')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    const other = await crm.call('PUT', '/segments/seg_hot_leads/members/lead_0001', undefined, { 'idempotency-key': 'k1' });
    expect(other.status).toBe(422);
    const calls = await callsOf('k1');
    expect(calls).toMatchObject({ count: 3, applied: 1 });
    expect(calls.body_sha256s).toHaveLength(3);
  });

  it('answer 409 while the first is under way, and apply once', async () => {
    await crm.call('POST', '/faults', { path_pattern: '/sequences/*/enrollments', delay_ms: 300 });
    const replies = await Promise.all([enroll('lead_0001', 'k1'), enroll('lead_0001', 'k1')]);
    expect(replies.map((reply) => reply.status).sort()).toEqual([201, 409]);
    const refused = replies.find((reply) => reply.status === 409);
    expect(refused).toMatchObject({ body: { code: 'idempotency_in_progress' } });
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect(await callsOf('k1')).toMatchObject({ count: 2, applied: 1 });
  });

  it('keep no refusal: the same key may try again', async () => {
    expect((await enroll('lead_0099', 'k1')).status).toBe(404);
    for (let index = 0; index < 59; index += 1) await crm.call('POST', '/leads', { name: 'x', email: `x${index}@x.example` });
    expect(await enroll('lead_0099', 'k1')).toMatchObject({ status: 201 });
  });

  it('are counted apart from writes without one', async () => {
    await crm.call('POST', ENROLL, { lead_id: 'lead_0001' });
    await crm.call('GET', '/leads');
    expect((await crm.call('GET', '/calls')).body).toEqual({ items: [], total: 0, writes_without_key: 1 });
  });
});

describe('ordered faults', () => {
  it('answer the next calls with a status and no effect', async () => {
    await crm.call('POST', '/faults', { path_pattern: '/sequences/**', method: 'post', status: 503, times: 2, retry_after: 7 });
    const replies = [await enroll('lead_0001', 'k1'), await enroll('lead_0001', 'k1'), await enroll('lead_0001', 'k1')];
    expect(replies.map((reply) => reply.status)).toEqual([503, 503, 201]);
    expect(replies[0]).toMatchObject({ body: { code: 'injected_fault' } });
    expect(replies[0]?.headers.get('retry-after')).toBe('7');
    expect(await callsOf('k1')).toMatchObject({ count: 3, applied: 1 });
  });

  it('cut the connection after the effect, whose answer is replayed then', async () => {
    await crm.call('POST', '/faults', { path_pattern: ENROLL, drop_reply: true });
    await expect(enroll('lead_0001', 'k1')).rejects.toThrow('fetch failed');
    const again = await enroll('lead_0001', 'k1');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(await callsOf('k1')).toMatchObject({ count: 2, applied: 1 });
  });

  it('end with DELETE', async () => {
    await crm.call('POST', '/faults', { path_pattern: '**', status: 401, times: null });
    expect([(await crm.call('GET', '/leads')).status, (await crm.call('GET', '/leads')).status]).toEqual([401, 401]);
    expect((await crm.call('GET', '/health')).status).toBe(200);
    expect((await crm.call('DELETE', '/faults')).status).toBe(204);
    expect((await crm.call('GET', '/leads')).status).toBe(200);
  });

  it.each([
    [{ status: 500 }, 'path_pattern'],
    [{ path_pattern: '/leads' }, 'status, delay_ms, drop_reply'],
    [{ path_pattern: '/leads', status: 500, drop_reply: true }, 'drop_reply'],
    [{ path_pattern: '/leads', status: 200 }, 'status'],
  ])('refuse %j', async (body, field) => {
    const reply = await crm.call('POST', '/faults', body);
    expect(reply.status).toBe(422);
    expect(reply.body.message).toContain(field);
  });
});
