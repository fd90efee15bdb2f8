/** A broker of its own that is killed and started again under load (row 5). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
// eslint-disable-next-line @nx/enforce-module-boundaries -- a test that kills a broker needs one of its own
import { startKafka, type RunningKafka } from '@flows/infrastructure';
import { eventually } from '@flows/testkit';
import { collecting, openKafka, text, type KafkaFixture } from '../test/kafka-fixture.js';
import type { KafkaMessage } from './kafka-driver.port.js';

describe('a broker that is killed and comes back', () => {
  let dataDir: string;
  let broker: RunningKafka;
  let kafka: KafkaFixture;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'flows-kafka-restart-'));
    broker = await startKafka({ dataDir, durable: false, heapMb: 256, log: () => {} });
    kafka = openKafka([broker.brokers]);
  }, 60_000);
  afterAll(async () => {
    await kafka.driver.close();
    await broker.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  it('costs no message and no error: publishing waits, consuming goes on by itself', async () => {
    const topic = await kafka.createTopic('restart', { partitions: 3 });
    const seen: KafkaMessage[] = [];
    const fatal: Error[] = [];
    const subscription = await kafka.driver.consume(
      collecting(kafka.name('restart-group'), topic, seen, {
        sessionTimeoutMs: 6_000,
        heartbeatIntervalMs: 1_000,
        onFatal: (error) => void fatal.push(error),
      }),
    );
    // A busy machine may take its time to start a broker.
    const producer = await kafka.driver.producer({ deadlineMs: 80_000 });
    const send = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, n) => producer.publish([{ topic, key: `k${n}`, value: String(from + n) }])),
      );
    await send(0, 50);
    await eventually(() => seen.length >= 50);

    await broker.kill9();
    const published = send(50, 100);
    await broker.restart();
    await published;
    await send(100, 150);
    const distinct = () => new Set(seen.map(text)).size;
    await eventually(() => distinct() === 150, { timeoutMs: 40_000, what: 'delivery of all messages' });
    expect(fatal).toEqual([]);
    expect(subscription.health()).toMatchObject({ joined: true, assigned: 3 });
  }, 150_000);
});
