import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@flows/testkit';
import { collecting, gate, openKafka, resolveAll, text, type KafkaFixture } from '../../test/kafka-fixture.js';
import type { KafkaMessage, KafkaProducerPort } from '../kafka-driver.port.js';

describe('consuming', () => {
  let kafka: KafkaFixture;
  let producer: KafkaProducerPort;

  beforeAll(async () => {
    kafka = openKafka();
    producer = await kafka.driver.producer();
  });
  afterAll(() => kafka.driver.close());

  const send = (topic: string, values: string[], partition = 0) =>
    producer.publish(values.map((value) => ({ topic, key: null, value, partition })));
  const committed = async (group: string, topic: string) => (await kafka.driver.groupLag(group, [topic]))[0]!.committed;

  it('hands over messages with all that they carry, from the beginning of the topic', async () => {
    const topic = await kafka.createTopic('whole');
    const seen: KafkaMessage[] = [];
    await producer.publish([
      { topic, key: 'run_1', value: 'a', headers: { ce_id: '1', traceparent: 'ü' } },
      { topic, key: null, value: null },
    ]);
    const subscription = await kafka.driver.consume(collecting(kafka.name('whole-group'), topic, seen));
    await eventually(() => seen.length === 2);
    await subscription.stop();
    expect(seen[0]).toEqual({
      topic,
      partition: 0,
      offset: '0',
      key: 'run_1',
      value: Buffer.from('a'),
      headers: Object.assign(Object.create(null), { ce_id: '1', traceparent: 'ü' }),
      timestamp: expect.any(Number),
    });
    expect(seen[1]).toMatchObject({ key: null, value: null, headers: {} });
  });

  it('commits what is resolved behind the handler, and goes on there after a restart', async () => {
    const topic = await kafka.createTopic('resume');
    const group = kafka.name('resume-group');
    const seen: KafkaMessage[] = [];
    await send(topic, ['a', 'b', 'c']);
    const first = await kafka.driver.consume(
      collecting(group, topic, seen, {
        onBatch: async (batch) => {
          seen.push(...batch.messages);
          batch.resolve('1');
        },
      }),
    );
    await eventually(() => seen.length === 3);
    await eventually(async () => (await committed(group, topic)) === '2');
    await first.stop();

    const again: KafkaMessage[] = [];
    await kafka.driver.consume(collecting(group, topic, again));
    await eventually(() => again.length === 1);
    expect(again.map(text)).toEqual(['c']);
  });

  it('fetches on when the handler returns, and commits what is resolved later', async () => {
    const topic = await kafka.createTopic('late');
    const group = kafka.name('late-group');
    const seen: KafkaMessage[] = [];
    const done: (() => void)[] = [];
    const subscription = await kafka.driver.consume(
      collecting(group, topic, seen, {
        onBatch: async (batch) => {
          seen.push(...batch.messages);
          done.push(() => resolveAll(batch));
        },
      }),
    );
    await send(topic, ['a']);
    await eventually(() => seen.length === 1);
    await send(topic, ['b']);
    await eventually(() => seen.length === 2);
    await subscription.commitNow();
    expect(await committed(group, topic)).toBeNull();
    done.forEach((finish) => finish());
    await subscription.commitNow();
    expect(await committed(group, topic)).toBe('2');
  });

  it('survives a handler that throws (row 3): the unresolved rest comes again, nothing is skipped, the consumer lives', async () => {
    const topic = await kafka.createTopic('throwing');
    const calls: string[][] = [];
    let joins = 0;
    await send(topic, ['a', 'b', 'c']);
    const subscription = await kafka.driver.consume(
      collecting(kafka.name('throwing-group'), topic, [], {
        onAssigned: () => void (joins += 1),
        onBatch: async (batch) => {
          calls.push(batch.messages.map(text));
          if (calls.length === 1) batch.resolve(batch.messages[0]!.offset);
          if (calls.length < 3) throw new Error('database is down');
          resolveAll(batch);
        },
      }),
    );
    await eventually(() => calls.length === 3);
    await send(topic, ['d']);
    await eventually(() => calls.length === 4);
    expect(calls).toEqual([['a', 'b', 'c'], ['b', 'c'], ['b', 'c'], ['d']]);
    expect(joins).toBe(1);
    expect(subscription.health()).toMatchObject({ joined: true, assigned: 1 });
    const failures = kafka.log.lines.filter(
      ({ level, message }) => level === 'error' && message.startsWith('Handling a batch failed'),
    );
    expect(failures).toHaveLength(2);
    expect(failures[0]!.fields).toMatchObject({ topic, partition: 0, firstOffset: '0', failures: 1 });
  });

  it('works on several partitions at once, and on each in order', async () => {
    const topic = await kafka.createTopic('parallel', { partitions: 3 });
    const slow = gate();
    const seen: KafkaMessage[] = [];
    for (const partition of [0, 1, 2]) await send(topic, ['a', 'b'], partition);
    await kafka.driver.consume(
      collecting(kafka.name('parallel-group'), topic, seen, {
        onBatch: async (batch) => {
          if (batch.partition === 0) await slow.opened;
          seen.push(...batch.messages);
          resolveAll(batch);
        },
      }),
    );
    await eventually(() => seen.length === 4);
    expect(new Set(seen.map(({ partition }) => partition))).toEqual(new Set([1, 2]));
    slow.open();
    await eventually(() => seen.length === 6);
    expect(seen.slice(4).map(text)).toEqual(['a', 'b']);
  });

  it('tells how far the batch is behind the end of its partition', async () => {
    const topic = await kafka.createTopic('lag');
    const lags: [number, string][] = [];
    await send(topic, ['a'.repeat(2_000)]);
    await send(topic, ['b'.repeat(2_000)]);
    await kafka.driver.consume(
      collecting(kafka.name('lag-group'), topic, [], {
        maxBytesPerPartition: 100,
        onBatch: async (batch) => {
          lags.push([batch.lag, batch.highWatermark]);
          resolveAll(batch);
        },
      }),
    );
    await eventually(() => lags.length === 2);
    expect(lags).toEqual([
      [1, '2'],
      [0, '2'],
    ]);
  });

  it('ignores the long poll when it is asked to stop or to resume', async () => {
    const topic = await kafka.createTopic('long-poll', { partitions: 2 });
    const seen: KafkaMessage[] = [];
    const group = kafka.name('long-poll-group');
    await send(topic, ['first'], 0);
    const subscription = await kafka.driver.consume(collecting(group, topic, seen, { maxWaitMs: 60_000 }));
    await eventually(() => seen.length === 1);

    for (const partition of [0, 1]) subscription.pause({ topic, partition });
    await send(topic, ['wakes the poll, is paused'], 0);
    await send(topic, ['paused'], 1);
    const pausedAt = performance.now();
    subscription.resume({ topic, partition: 1 });
    await eventually(() => seen.length === 2);
    subscription.resume({ topic, partition: 0 });
    await eventually(() => seen.length === 3);
    expect(performance.now() - pausedAt).toBeLessThan(10_000);
    expect(seen.map(({ partition }) => partition)).toEqual([0, 1, 0]);

    const stopAt = performance.now();
    await subscription.stop();
    expect(performance.now() - stopAt).toBeLessThan(10_000);
    expect(await committed(group, topic)).toBe('2');
  });
});
