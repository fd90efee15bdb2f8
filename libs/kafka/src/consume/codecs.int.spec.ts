/** What producers that are not ours may put on a topic: codecs, transactions. A producer of kafkajs stands for them. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import kafkajs, { type Producer } from 'kafkajs';
import { eventually } from '@flows/testkit';
import { collecting, openKafka, text, type KafkaFixture } from '../../test/kafka-fixture.js';
import type { KafkaMessage } from '../kafka-driver.port.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;

describe('foreign producers', () => {
  let kafka: KafkaFixture;
  let foreign: Producer;

  beforeAll(async () => {
    kafka = openKafka();
    const client = new kafkajs.Kafka({ brokers: [...kafka.brokers], clientId: 'foreign', logLevel: kafkajs.logLevel.NOTHING });
    foreign = client.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      transactionalId: kafka.name('foreign'),
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await foreign.connect();
  });
  afterAll(async () => {
    await foreign.disconnect();
    await kafka.driver.close();
  });

  it.each([
    ['zstd', CompressionTypes.ZSTD],
    ['gzip', CompressionTypes.GZIP],
  ])('may compress with %s (row 10)', async (name, compression) => {
    const topic = await kafka.createTopic(`compressed-${name}`);
    const seen: KafkaMessage[] = [];
    await foreign.send({ topic, compression, messages: ['a', 'b'].map((value) => ({ value: value.repeat(500) })) });
    await kafka.driver.consume(collecting(`${topic}-group`, topic, seen));
    await eventually(() => seen.length === 2);
    expect(seen.map(text)).toEqual(['a'.repeat(500), 'b'.repeat(500)]);
  });

  it.each(['lz4', 'snappy', 'zstd', 'gzip'])(
    'are understood where the broker stores %s, as it does with theirs',
    async (codec) => {
      const topic = await kafka.createTopic(`stored-${codec}`, { config: { 'compression.type': codec } });
      const seen: KafkaMessage[] = [];
      const noise = randomBytes(70_000).toString('base64');
      const values = [
        'a',
        'ab'.repeat(40_000),
        noise,
        JSON.stringify(Array.from({ length: 2_000 }, (_, id) => ({ id, name: `lead ${id}` }))),
      ];
      const producer = await kafka.driver.producer();
      await producer.publish(values.map((value) => ({ topic, key: 'k', value, headers: { ce_id: '1' } })));
      await kafka.driver.consume(collecting(`${topic}-group`, topic, seen));
      await eventually(() => seen.length === values.length);
      expect(seen.map((message) => text(message) === values[Number(message.offset)])).toEqual(values.map(() => true));
    },
  );

  it('end the process through onFatal when they use a codec that nobody can read (row 4)', async () => {
    const topic = await kafka.createTopic('unreadable');
    const fatal: Error[] = [];
    await foreign.send({ topic, compression: CompressionTypes.GZIP, messages: [{ value: 'a'.repeat(500) }] });
    const readable = CompressionCodecs[CompressionTypes.GZIP];
    CompressionCodecs[CompressionTypes.GZIP] = () => {
      throw new kafkajs.KafkaJSNonRetriableError('gzip is not implemented');
    };
    try {
      const subscription = await kafka.driver.consume(
        collecting(`${topic}-group`, topic, [], { onFatal: (error) => void fatal.push(error) }),
      );
      await eventually(() => fatal.length === 1);
      expect(subscription.health()).toMatchObject({ joined: false, fatal: fatal[0] });
      await subscription.stop();
    } finally {
      CompressionCodecs[CompressionTypes.GZIP] = readable;
    }
  });

  it('may use transactions: what is aborted is not seen, and markers do not count as lag', async () => {
    const topic = await kafka.createTopic('transactional');
    const group = `${topic}-group`;
    const seen: KafkaMessage[] = [];
    const aborted = await foreign.transaction();
    await aborted.send({ topic, messages: [{ value: 'aborted' }] });
    await aborted.abort();
    const done = await foreign.transaction();
    await done.send({ topic, messages: [{ value: 'done' }] });
    await done.commit();
    const subscription = await kafka.driver.consume(collecting(group, topic, seen));
    await eventually(() => seen.length === 1);
    expect(seen.map(text)).toEqual(['done']);
    await subscription.commitNow();
    expect(await kafka.driver.groupLag(group, [topic])).toEqual([{ topic, partition: 0, committed: '4', end: '4', lag: 0 }]);
  });
});
