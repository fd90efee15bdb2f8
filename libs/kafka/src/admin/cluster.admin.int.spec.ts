import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { collecting, openKafka, type KafkaFixture } from '../../test/kafka-fixture.js';

describe('ClusterAdmin', () => {
  let kafka: KafkaFixture;

  beforeAll(() => {
    kafka = openKafka();
  });
  afterAll(() => kafka.driver.close());

  const configOf = async (topic: string, key: string) => {
    const admin = new kafkajs.Kafka({
      brokers: [...kafka.brokers],
      clientId: 'spec',
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
    });
    await admin.disconnect();
    return resources[0]!.configEntries.find(({ configName }) => configName === key)?.configValue;
  };

  it('answers a ping', async () => {
    await expect(kafka.driver.ping()).resolves.toBeUndefined();
  });

  it('creates topics with their config; several processes may do so at once', async () => {
    const topic = kafka.name('created');
    const specs = [{ name: topic, partitions: 3, config: { 'retention.ms': '60000' } }];
    const other = openKafka().driver;
    await Promise.all([kafka.driver.ensureTopics(specs), other.ensureTopics(specs)]);
    await other.close();
    expect(await configOf(topic, 'retention.ms')).toBe('60000');
    expect(await kafka.driver.groupLag(kafka.name('nobody'), [topic])).toHaveLength(3);
  });

  it('brings the config of an existing topic in line', async () => {
    const topic = await kafka.createTopic('aligned', { config: { 'retention.ms': '60000' } });
    await kafka.createTopic('aligned', { config: { 'retention.ms': '120000', 'compression.type': 'zstd' } });
    expect(await configOf(topic, 'retention.ms')).toBe('120000');
    expect(await configOf(topic, 'compression.type')).toBe('zstd');
  });

  it('refuses to go on with another number of partitions, and says which', async () => {
    const topic = await kafka.createTopic('fixed', { partitions: 2 });
    await expect(kafka.createTopic('fixed', { partitions: 3 })).rejects.toMatchObject({
      code: 'topic_mismatch',
      message: expect.stringContaining(`${topic} has 2 partitions instead of 3`),
    });
  });

  it('tells a lag as the first thing that a connection is asked', async () => {
    const topic = await kafka.createTopic('first-question');
    const { driver } = openKafka();
    expect(await driver.groupLag(kafka.name('nobody'), [topic])).toHaveLength(1);
    await driver.close();
  });

  it('tells the lag of a group that never committed and of one that did', async () => {
    const topic = await kafka.createTopic('lagging');
    const group = kafka.name('lagging-group');
    const producer = await kafka.driver.producer();
    await producer.publish(['a', 'b', 'c'].map((value) => ({ topic, key: null, value })));
    expect(await kafka.driver.groupLag(group, [topic])).toEqual([{ topic, partition: 0, committed: null, end: '3', lag: 3 }]);

    const { promise: taken, resolve: take } = Promise.withResolvers<void>();
    const subscription = await kafka.driver.consume(
      collecting(group, topic, [], {
        onBatch: async (batch) => {
          batch.resolve('0');
          take();
        },
      }),
    );
    await taken;
    await subscription.stop();
    expect(await kafka.driver.groupLag(group, [topic])).toEqual([{ topic, partition: 0, committed: '1', end: '3', lag: 2 }]);
  });
});
