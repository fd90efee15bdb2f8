import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { brokerAnswers } from './broker-ready.js';
import { startKafka, type RunningKafka } from './start-kafka.js';

const TOPIC = 'infrastructure.records.v1';

describe('startKafka', () => {
  let dataDir: string;
  let broker: RunningKafka;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'flows-kafka-'));
    broker = await startKafka({ dataDir, durable: true, log: () => {} });
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 3 }] }));
  }, 60_000);
  afterAll(async () => {
    await broker.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  const client = () =>
    new Kafka({ brokers: [broker.brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 8 } });

  async function withAdmin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = client().admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async function produce(topic: string, ...values: string[]): Promise<void> {
    const producer = client().producer({ allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    try {
      await producer.send({ topic, acks: -1, messages: values.map((value) => ({ key: value, value })) });
    } finally {
      await producer.disconnect();
    }
  }

  /** Reads the topic from its beginning, in a new group, until `count` records are there. */
  async function consume(count: number): Promise<string[]> {
    const consumer = client().consumer({ groupId: `reader-${process.pid}-${count}-${broker.pid}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
    const values: string[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
          if (values.push(String(message.value)) >= count) resolve();
        };
        consumer.run({ eachMessage }).catch(reject);
      });
    } finally {
      await consumer.disconnect();
    }
    return values.sort();
  }

  it('takes records and hands them to a group', async () => {
    await produce(TOPIC, 'a', 'b', 'c');
    expect(await consume(3)).toEqual(['a', 'b', 'c']);
  }, 20_000);

  it('refuses a topic that nobody created', async () => {
    await expect(produce('infrastructure.typo.v1', 'x')).rejects.toThrow(/does not host this topic-partition/);
  }, 20_000);

  it('keeps acknowledged records over kill -9, on the same port and for the same clients', async () => {
    const { brokers, pid } = broker;
    await produce(TOPIC, 'd');
    await broker.kill9();
    expect(await brokerAnswers('127.0.0.1', Number(brokers.split(':')[1]))).toBe(false);
    await broker.restart();
    expect(broker.brokers).toBe(brokers);
    expect(broker.pid).not.toBe(pid);
    await produce(TOPIC, 'e');
    expect(await consume(5)).toEqual(['a', 'b', 'c', 'd', 'e']);
  }, 40_000);

  it('is empty after it lost its data, on the same port', async () => {
    const { brokers } = broker;
    await broker.loseData();
    expect(broker.brokers).toBe(brokers);
    await expect(produce(TOPIC, 'f')).rejects.toThrow(/does not host this topic-partition/);
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 3 }] }));
    await produce(TOPIC, 'f');
    expect(await consume(1)).toEqual(['f']);
  }, 40_000);

  it('refuses a second broker on the same data while the first one lives', async () => {
    await expect(startKafka({ dataDir, log: () => {} })).rejects.toThrow(`already belongs to the running process ${process.pid}`);
  });

  it('writes its log beside the data', async () => {
    expect(await readFile(join(dataDir, 'broker.log'), 'utf8')).toContain('Kafka Server started');
  });
});
