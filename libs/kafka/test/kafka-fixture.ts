/** What the tests of this package share: one driver on the real broker, topics and groups of their own, a log that can be read. */
import { testKafka } from '@flows/testkit';
import { createKafkaDriver } from '../src/kafkajs.driver.js';
import type { ConsumeOptions, KafkaBatch, KafkaDriver, KafkaMessage, TopicSpec } from '../src/kafka-driver.port.js';
import type { KafkaLogger } from '../src/kafka-logger.js';

export interface LogLine {
  level: keyof KafkaLogger;
  fields: object;
  message: string;
}

export const recordingLogger = (): KafkaLogger & { lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const at = (level: keyof KafkaLogger) => (fields: object, message: string) => void lines.push({ level, fields, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

export interface KafkaFixture {
  brokers: readonly string[];
  driver: KafkaDriver;
  log: ReturnType<typeof recordingLogger>;
  /** A name that nobody else uses. */
  name(suffix: string): string;
  createTopic(suffix: string, spec?: Partial<TopicSpec>): Promise<string>;
}

export const openKafka = (brokers: readonly string[] = testKafka().brokers): KafkaFixture => {
  const { topicPrefix } = testKafka();
  const log = recordingLogger();
  const driver = createKafkaDriver({ brokers, clientId: 'kafka-spec', logger: log });
  const name = (suffix: string) => `${topicPrefix}${suffix}`;
  const createTopic = async (suffix: string, spec: Partial<TopicSpec> = {}) => {
    await driver.ensureTopics([{ partitions: 1, ...spec, name: name(suffix) }]);
    return name(suffix);
  };
  return { brokers, driver, log, name, createTopic };
};

export const text = (message: KafkaMessage): string => message.value!.toString();

export const resolveAll = (batch: KafkaBatch): void => batch.resolve(batch.messages.at(-1)!.offset);

/** Options that take down what arrives and resolve it; anything can be overridden. */
export const collecting = (
  group: string,
  topic: string,
  seen: KafkaMessage[],
  options: Partial<ConsumeOptions> = {},
): ConsumeOptions => ({
  group,
  topics: [{ topic }],
  partitionsConcurrently: 4,
  onBatch: async (batch) => {
    seen.push(...batch.messages);
    resolveAll(batch);
  },
  onFatal: (error) => {
    throw error;
  },
  ...options,
});

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export const gate = (): Gate => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};
