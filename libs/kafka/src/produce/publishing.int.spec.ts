import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, testKafka } from '@flows/testkit';
import { collecting, openKafka, recordingLogger, text, type KafkaFixture } from '../../test/kafka-fixture.js';
import { deadLetter } from '../dead-letter.js';
import type { KafkaMessage, KafkaProducerPort } from '../kafka-driver.port.js';
import { createKafkaDriver } from '../kafkajs.driver.js';
import { partitionForKey } from './murmur2.partitioner.js';

describe('publishing', () => {
  let kafka: KafkaFixture;
  let producer: KafkaProducerPort;

  beforeAll(async () => {
    kafka = openKafka();
    producer = await kafka.driver.producer();
  });
  afterAll(() => kafka.driver.close());

  const readAll = async (topic: string, count: number): Promise<KafkaMessage[]> => {
    const seen: KafkaMessage[] = [];
    const subscription = await kafka.driver.consume(collecting(`${topic}-reader`, topic, seen));
    await eventually(() => seen.length >= count);
    await subscription.stop();
    return seen;
  };

  it('keeps the order per key over calls that do not wait for each other', async () => {
    const topic = await kafka.createTopic('order', { partitions: 3 });
    const keys = ['a', 'b', 'c'];
    await Promise.all(Array.from({ length: 300 }, (_, n) => producer.publish([{ topic, key: keys[n % 3]!, value: String(n) }])));
    const seen = await readAll(topic, 300);
    for (const key of keys) {
      const own = seen.filter((message) => message.key === key);
      expect(new Set(own.map(({ partition }) => partition))).toEqual(new Set([partitionForKey(key, 3)]));
      expect(own.map((message) => Number(text(message)))).toEqual(
        Array.from({ length: 100 }, (_, n) => 3 * n + keys.indexOf(key)),
      );
    }
  });

  it('writes to several topics with one call, and cuts what exceeds a request', async () => {
    const one = await kafka.createTopic('several-one');
    const two = await kafka.createTopic('several-two');
    const small = await kafka.driver.producer({ maxRequestBytes: 1_000 });
    await small.publish(
      Array.from({ length: 60 }, (_, n) => ({ topic: n % 2 ? one : two, key: 'k', value: `${n}`.padStart(100) })),
    );
    expect((await readAll(one, 30)).map((message) => Number(text(message)))).toEqual(
      Array.from({ length: 30 }, (_, n) => 2 * n + 1),
    );
    expect(await readAll(two, 30)).toHaveLength(30);
  });

  it('refuses a message above the limit before it is sent', async () => {
    const publishing = producer.publish([{ topic: kafka.name('any'), key: null, value: 'x'.repeat(1_000_001) }]);
    await expect(publishing).rejects.toMatchObject({ code: 'message_too_large', retryable: false });
  });

  it('fails only the message that the broker refuses, and works on with a new client (row 11)', async () => {
    const topic = await kafka.createTopic('refusing', { config: { 'max.message.bytes': '1000' } });
    const neighbour = await kafka.createTopic('refusing-neighbour');
    const results = await Promise.allSettled([
      producer.publish([{ topic: neighbour, key: null, value: 'before' }]),
      producer.publish([{ topic, key: null, value: 'x'.repeat(5_000) }]),
      producer.publish([{ topic: neighbour, key: null, value: 'beside' }]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'message_too_large', retryable: false });
    await producer.publish([{ topic: neighbour, key: null, value: 'after' }]);
    const values = (await readAll(neighbour, 3)).map(text);
    expect([...new Set(values)]).toEqual(['before', 'beside', 'after']);
  });

  it('names a topic that does not exist, at once and without holding up others', async () => {
    const topic = await kafka.createTopic('existing');
    const [missing, existing] = await Promise.allSettled([
      producer.publish([{ topic: kafka.name('missing'), key: null, value: 'a' }]),
      producer.publish([{ topic, key: null, value: 'b' }]),
    ]);
    expect(missing).toMatchObject({ status: 'rejected', reason: { code: 'unknown_topic', retryable: true } });
    expect(existing.status).toBe('fulfilled');
  });

  it('sends to a topic that was missing before, once it exists', async () => {
    const message = { topic: kafka.name('created-later'), key: null, value: 'a' };
    await expect(producer.publish([message])).rejects.toMatchObject({ code: 'unknown_topic' });
    await kafka.createTopic('created-later');
    await producer.publish([message]);
    expect(await readAll(message.topic, 1)).toHaveLength(1);
  });

  it('gives up at its deadline when no broker answers, and can still be closed', async () => {
    const driver = createKafkaDriver({ brokers: ['127.0.0.1:9'], clientId: 'kafka-spec', logger: recordingLogger() });
    const stranded = await driver.producer({ deadlineMs: 300 });
    await expect(stranded.publish([{ topic: 'any', key: null, value: 'a' }])).rejects.toMatchObject({
      code: 'deadline_exceeded',
      retryable: true,
    });
    await expect(driver.ping(300)).rejects.toMatchObject({ code: 'unreachable' });
    await driver.close();
    await expect(stranded.publish([{ topic: 'any', key: null, value: 'a' }])).rejects.toMatchObject({ code: 'closed' });
  });

  it('sends what was published before it closes', async () => {
    const topic = await kafka.createTopic('closing');
    const driver = createKafkaDriver({ brokers: testKafka().brokers, clientId: 'kafka-spec', logger: recordingLogger() });
    const closing = await driver.producer();
    const published = closing.publish([{ topic, key: null, value: 'a' }]);
    await driver.close();
    await published;
    expect(await readAll(topic, 1)).toHaveLength(1);
  });

  it('puts a bad message aside with its origin, also when it has become too large for that', async () => {
    const topic = await kafka.createTopic('poison');
    const letters = await kafka.createTopic('poison.dlq', { config: { 'max.message.bytes': '1000' } });
    await producer.publish([
      { topic, key: 'k', value: 'small', headers: { ce_id: '1' } },
      { topic, key: 'k', value: 'x'.repeat(2_000) },
    ]);
    for (const message of await readAll(topic, 2))
      await deadLetter(producer, message, { code: 'not_json', detail: 'no brace', attempts: 1 });
    const [small, large] = await readAll(letters, 2);
    expect(small).toMatchObject({ key: 'k', value: Buffer.from('small') });
    expect(small!.headers).toMatchObject({ ce_id: '1', 'x-orig-topic': topic, 'x-orig-offset': '0', 'x-error-code': 'not_json' });
    expect(large).toMatchObject({ key: 'k', value: null });
    expect(large!.headers).toMatchObject({ 'x-orig-offset': '1', 'x-value-omitted-bytes': '2000' });
  });
});
