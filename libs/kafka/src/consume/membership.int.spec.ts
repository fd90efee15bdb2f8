import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@flows/testkit';
import { collecting, gate, openKafka, resolveAll, text, type KafkaFixture } from '../../test/kafka-fixture.js';
import type { KafkaBatch, KafkaMessage, KafkaProducerPort, TopicPartition } from '../kafka-driver.port.js';
import { KafkaError } from '../kafka.errors.js';

/** The least that brokers accept, and heartbeats that notice a rebalance soon. */
const lively = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500, maxWaitMs: 500 };

describe('membership of a group', () => {
  let kafka: KafkaFixture;
  let producer: KafkaProducerPort;

  beforeAll(async () => {
    kafka = openKafka();
    producer = await kafka.driver.producer();
  });
  afterAll(() => kafka.driver.close());

  const send = (topic: string, ...values: string[]) =>
    producer.publish(values.map((value) => ({ topic, key: null, value, partition: 0 })));
  const committed = async (group: string, topic: string) => (await kafka.driver.groupLag(group, [topic]))[0]!.committed;

  it('outlives a handler that takes longer than the session (row 2)', async () => {
    const topic = await kafka.createTopic('slow');
    const seen: KafkaMessage[] = [];
    let joins = 0;
    await send(topic, 'a');
    await kafka.driver.consume(
      collecting(kafka.name('slow-group'), topic, seen, {
        ...lively,
        onAssigned: () => void (joins += 1),
        onBatch: async (batch) => {
          seen.push(...batch.messages);
          if (seen.length === 1) await new Promise((resolve) => setTimeout(resolve, lively.sessionTimeoutMs + 1_000));
          expect(batch.isStale()).toBe(false);
          resolveAll(batch);
        },
      }),
    );
    await eventually(() => seen.length === 1);
    await send(topic, 'b');
    await eventually(() => seen.length === 2);
    expect(seen.map(text)).toEqual(['a', 'b']);
    expect(joins).toBe(1);
  }, 20_000);

  it('shares partitions with a second member; what was handled before the rebalance is committed by then', async () => {
    const topic = await kafka.createTopic('sharing', { partitions: 2 });
    const group = kafka.name('sharing-group');
    const first: KafkaMessage[] = [];
    const second: KafkaMessage[] = [];
    const revoked: TopicPartition[][] = [];
    const one = await kafka.driver.consume(
      collecting(group, topic, first, { ...lively, onRevoked: (partitions) => void revoked.push([...partitions]) }),
    );
    await producer.publish([0, 1].map((partition) => ({ topic, key: null, value: 'before', partition })));
    await eventually(() => first.length === 2);
    const two = await kafka.driver.consume(collecting(group, topic, second, lively));
    await eventually(() => one.health().assigned === 1 && two.health().assigned === 1);
    expect(revoked).toEqual([[0, 1].map((partition) => ({ topic, partition }))]);
    await producer.publish([0, 1].map((partition) => ({ topic, key: null, value: 'after', partition })));
    await eventually(() => first.length === 3 && second.length === 1);
    expect([...first, ...second].map(text).filter((value) => value === 'before')).toHaveLength(2);

    await two.stop();
    await eventually(() => one.health().assigned === 2);
  }, 20_000);

  it('marks the batch of a handler that outstays a rebalance as stale and ignores what it resolves (row 6)', async () => {
    const topic = await kafka.createTopic('stale');
    const group = kafka.name('stale-group');
    const batches: KafkaBatch[] = [];
    const stuck = gate();
    await send(topic, 'a');
    const one = await kafka.driver.consume(
      collecting(group, topic, [], {
        ...lively,
        onBatch: async (batch) => {
          batches.push(batch);
          if (batches.length === 1) await stuck.opened;
        },
      }),
    );
    await eventually(() => batches.length === 1);
    const joining = kafka.driver.consume(
      collecting(group, topic, [], { ...lively, onBatch: async (batch) => void batches.push(batch) }),
    );
    await eventually(
      () =>
        batches[0]!.heartbeat().then(
          () => false,
          () => true,
        ),
      { what: 'the rebalance to be noticed' },
    );
    expect(batches[0]!.isStale()).toBe(false);
    await joining;
    expect(batches[0]!.isStale()).toBe(true);

    resolveAll(batches[0]!);
    stuck.open();
    await one.commitNow();
    expect(await committed(group, topic)).toBeNull();
    await eventually(() => batches.length === 2, { what: 'the message to come again' });
    expect(batches[1]!.messages.map(text)).toEqual(['a']);
  }, 30_000);

  describe('stopping (row 9)', () => {
    it('right after starting leaves nothing behind', async () => {
      const topic = await kafka.createTopic('stop-at-once');
      const group = kafka.name('stop-at-once-group');
      const stopping = new AbortController();
      const consuming = kafka.driver.consume(collecting(group, topic, [], { signal: stopping.signal }));
      stopping.abort();
      await expect(consuming).rejects.toEqual(expect.objectContaining({ code: 'closed' }));

      const startedAt = performance.now();
      const next = await kafka.driver.consume(collecting(group, topic, []));
      await next.stop();
      expect(performance.now() - startedAt).toBeLessThan(4_000);
    });

    it('does not wait for a topic that never appears', async () => {
      const stopping = new AbortController();
      const consuming = kafka.driver.consume(
        collecting(kafka.name('never-group'), kafka.name('never'), [], { signal: stopping.signal }),
      );
      setImmediate(() => stopping.abort());
      await expect(consuming).rejects.toBeInstanceOf(KafkaError);
    });

    it('lets the handler finish, drains, and commits exactly what is resolved', async () => {
      const topic = await kafka.createTopic('stop-drain');
      const group = kafka.name('stop-drain-group');
      const order: string[] = [];
      const working = gate();
      const background = gate();
      let finishBackground = () => {};
      await send(topic, 'a', 'b', 'c');
      const subscription = await kafka.driver.consume(
        collecting(group, topic, [], {
          onBatch: async (batch) => {
            order.push('handler begins');
            await working.opened;
            batch.resolve('0');
            finishBackground = () => batch.resolve('1');
            order.push('handler ends');
          },
          drain: async () => {
            order.push('drain begins');
            await background.opened;
            finishBackground();
          },
        }),
      );
      await eventually(() => order.length === 1);
      const stopped = subscription.stop();
      working.open();
      await eventually(() => order.includes('drain begins'));
      background.open();
      await stopped;
      expect(order).toEqual(['handler begins', 'handler ends', 'drain begins']);
      expect(await committed(group, topic)).toBe('2');
    });

    it('gives up on a stuck handler at the deadline, and the group goes on without a session timeout', async () => {
      const topic = await kafka.createTopic('stop-stuck');
      const group = kafka.name('stop-stuck-group');
      const calls: string[] = [];
      await send(topic, 'a');
      const stuck = await kafka.driver.consume(
        collecting(group, topic, [], {
          stopDeadlineMs: 300,
          onBatch: async () => {
            calls.push('stuck');
            await new Promise(() => {});
          },
        }),
      );
      await eventually(() => calls.length === 1);
      const stopAt = performance.now();
      await stuck.stop();
      const again: KafkaMessage[] = [];
      await kafka.driver.consume(collecting(group, topic, again));
      await eventually(() => again.length === 1);
      expect(performance.now() - stopAt).toBeLessThan(4_000);
    });

    it('does not wait for the next try of a failing batch', async () => {
      const topic = await kafka.createTopic('stop-failing');
      const group = kafka.name('stop-failing-group');
      let failures = 0;
      await send(topic, 'a');
      const failing = await kafka.driver.consume(
        collecting(group, topic, [], {
          onBatch: async () => {
            failures += 1;
            throw new Error('database is down');
          },
        }),
      );
      await eventually(() => failures === 3);
      const stopAt = performance.now();
      await failing.stop();
      expect(performance.now() - stopAt).toBeLessThan(1_500);
      expect(await committed(group, topic)).toBeNull();
    });
  });
});
