import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CrmFixture } from '../../test/crm-fixture.js';

let crm: CrmFixture;

beforeEach(async () => {
  crm = await CrmFixture.start();
});

afterEach(() => crm.stop());

const enter = (leadId: string) => crm.call('PUT', `/segments/seg_hot_leads/members/${leadId}`);

describe('outbox during a broker outage', () => {
  it('acknowledges writes, and sends their events in order once the broker is back', async () => {
    crm.crmBroker.goAway();
    for (const leadId of ['lead_0001', 'lead_0002', 'lead_0003']) expect((await enter(leadId)).status).toBe(201);
    await crm.crmBroker.until(() => crm.crmBroker.refusals >= 2);
    expect((await crm.call('GET', '/health')).body.events_waiting).toBe(3);
    crm.crmBroker.comeBack();
    expect((await crm.crmBroker.take(3)).map((event) => event.subject)).toEqual(['lead_0001', 'lead_0002', 'lead_0003']);
    expect(crm.log).toEqual(['crm events: waiting for the broker (no broker)', 'crm events: the broker takes events again']);
  });

  it('keeps unsent events over a restart, with their ids', async () => {
    crm.crmBroker.goAway();
    await enter('lead_0001');
    await crm.restart();
    expect((await crm.call('GET', '/health')).body.events_waiting).toBe(1);
    crm.crmBroker.comeBack();
    expect((await crm.crmBroker.take(1))[0]?.subject).toBe('lead_0001');
    await crm.restart();
    expect((await crm.call('GET', '/health')).body.events_waiting).toBe(0);
    expect(crm.crmBroker.events).toHaveLength(1);
  });

  it('of one topic holds up no other', async () => {
    crm.crmBroker.goAway();
    await enter('lead_0001');
    await crm.call('POST', '/forms/contact/submissions', { lead_id: 'lead_0001' });
    expect((await crm.connectorBroker.take(1))[0]?.type).toBe('form.submitted');
    expect(crm.crmBroker.events).toEqual([]);
  });

  it('sends what is queued before a clean stop ends', async () => {
    await Promise.all(['lead_0001', 'lead_0002', 'lead_0003'].map(enter));
    await crm.restart();
    expect(crm.crmBroker.events).toHaveLength(3);
  });
});
