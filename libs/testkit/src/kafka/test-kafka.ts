/** The real broker of the tests, and a topic prefix of one's own, so that files do not read each other's messages. */
import { topicNames, topicSpecs, type Topics } from '@flows/contracts';
import { createKafkaDriver, silentLogger } from '@flows/kafka';
import { randomBytes } from 'node:crypto';
import { readTestServer } from '../testkit.config.js';

export interface TestKafka {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly topics: Topics;
  readonly partitions: number;
  /** Settings with which a service finds all this. */
  readonly env: Record<string, string>;
  /** Creates every topic of the product under the prefix. */
  ensureTopics(): Promise<void>;
}

export interface TestKafkaOptions {
  /** Fewer than in production: the broker of the tests makes hundreds of topics. Default 4. */
  partitions?: number;
}

export function testKafka({ partitions = 4 }: TestKafkaOptions = {}): TestKafka {
  const list = readTestServer('FLOWS_TEST_KAFKA_BROKERS');
  const brokers = list.split(',');
  const topicPrefix = `t${randomBytes(5).toString('hex')}.`;
  const topics = topicNames(topicPrefix);
  return {
    brokers,
    topicPrefix,
    topics,
    partitions,
    env: { KAFKA_BROKERS: list, KAFKA_TOPIC_PREFIX: topicPrefix, KAFKA_PARTITIONS: String(partitions) },
    ensureTopics: async () => {
      const driver = createKafkaDriver({ brokers, clientId: 'flows-test', logger: silentLogger });
      try {
        await driver.ensureTopics(topicSpecs(topics, partitions));
      } finally {
        await driver.close();
      }
    },
  };
}
