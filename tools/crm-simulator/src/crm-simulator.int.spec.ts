import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { CrmFixture } from '../test/crm-fixture.js';
import { KafkaPublisher } from './events/kafka-publisher.js';
import { stopIdleRequestTimer } from './events/kafkajs-idle-timer.js';

interface Received {
  readonly topic: string;
  readonly key: string | undefined;
  readonly contentType: string | undefined;
  readonly event: { readonly id: string; readonly type: string; readonly data: Record<string, unknown> };
}

const brokers = (process.env['FLOWS_TEST_KAFKA_BROKERS'] ?? '').split(',');
const prefix = `crm-simulator-test-${process.pid}-${Date.now()}.`;
const topics = [`${prefix}crm.events.v1`, `${prefix}connector.events.v1`];

const kafka = new Kafka({ clientId: 'crm-simulator-test', brokers, logLevel: logLevel.NOTHING });
const received: Received[] = [];
let notify = () => undefined as void;
let consumer: Consumer;
let crm: CrmFixture;

async function receivedAtLeast(count: number): Promise<readonly Received[]> {
  while (received.length < count) await new Promise<void>((resolve) => (notify = resolve));
  return received;
}

beforeAll(async () => {
  stopIdleRequestTimer();
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 3 })), waitForLeaders: true });
  await admin.disconnect();

  consumer = kafka.consumer({ groupId: `${prefix}reader` });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, message }) => {
      received.push({
        topic,
        key: message.key?.toString(),
        contentType: message.headers?.['content-type']?.toString(),
        event: JSON.parse(message.value?.toString() ?? 'null'),
      });
      notify();
    },
  });

  crm = await CrmFixture.start({ brokers, topicPrefix: prefix, publisherOf: (topic) => new KafkaPublisher(brokers, topic) });
}, 60_000);

afterAll(async () => {
  await crm.stop();
  await consumer.disconnect();
}, 30_000);

describe('CRM on a real broker', () => {
  it('tells an entry once as a structured CloudEvent keyed by the lead, however often the write is repeated', async () => {
    const enter = () => crm.call('PUT', '/segments/seg_hot_leads/members/lead_0007', undefined, { 'idempotency-key': 'enter-7' });
    const replies = [await enter(), await enter(), await enter()];
    expect(replies.map((reply) => reply.status)).toEqual([201, 201, 201]);
    expect(new Set(replies.map((reply) => reply.text)).size).toBe(1);

    await crm.call('POST', '/forms/contact/submissions', { lead_id: 'lead_0007', fields: { topic: 'demo' } });
    await crm.call('DELETE', '/segments/seg_hot_leads/members/lead_0007');
    await receivedAtLeast(3);

    const ofLead = received.filter((message) => message.topic === topics[0]);
    expect(ofLead.map((message) => message.event.type)).toEqual(['lead.segment_entered', 'lead.segment_left']);
    expect(ofLead[0]).toMatchObject({
      key: 'lead_0007',
      contentType: 'application/cloudevents+json',
      event: {
        specversion: '1.0',
        source: '/crm-simulator',
        subject: 'lead_0007',
        workspaceid: 'ws_test',
        data: { segment_id: 'seg_hot_leads' },
      },
    });
    expect(received.find((message) => message.topic === topics[1])).toMatchObject({
      key: 'lead_0007',
      event: { type: 'form.submitted' },
    });
    expect((await crm.call('GET', '/calls?key=enter-7')).body.items[0]).toMatchObject({ count: 3, applied: 1 });
  }, 30_000);

  it('keeps the order of events of one lead under load', async () => {
    const before = received.length;
    for (let score = 1; score <= 50; score += 1) await crm.call('PATCH', '/leads/lead_0009', { score });
    const messages = (await receivedAtLeast(before + 100)).slice(before);
    const scores = messages
      .filter((message) => message.event.type === 'lead.score_changed')
      .map((message) => message.event.data['to']);
    expect(scores).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(new Set(messages.map((message) => message.event.id)).size).toBe(100);
  }, 30_000);
});
