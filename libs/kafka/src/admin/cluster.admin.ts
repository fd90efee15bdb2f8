import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { KafkaClient, NO_RETRIES, type KafkaConnectionConfig } from '../client/kafka-client.js';
import { rootCause } from '../client/error-cause.js';
import type { PartitionLag, TopicSpec } from '../kafka-driver.port.js';
import { KafkaError } from '../kafka.errors.js';

const CREATE_TIMEOUT_MS = 10_000;
/** How long orders go on while the cluster is busy with itself: leaders and coordinators of something new take a moment. */
const SETTLE_DEADLINE_MS = 20_000;
const SETTLE_PAUSE_MS = 100;

/**
 * Questions and orders to the cluster itself. Opens its connection when first asked and drops it on any failure. Orders are repeated
 * while the cluster settles; a plain question (`listTopics`, `ping`) is not, its callers know better how long to wait.
 */
export class ClusterAdmin {
  private current: { client: KafkaClient; admin: Admin; ready: Promise<void> } | undefined;

  constructor(private readonly config: KafkaConnectionConfig) {}

  async listTopics(): Promise<Set<string>> {
    return new Set(await this.ask((admin) => admin.listTopics()));
  }

  /** @throws KafkaError `unreachable` */
  async ping(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      await Promise.race([this.ask((admin) => admin.describeCluster()), timeout]);
    } catch (cause) {
      this.drop();
      throw new KafkaError('unreachable', `No Kafka broker answers at ${this.config.brokers.join(', ')}.`, {
        retryable: true,
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    return whileSettling(() => this.ensureTopicsOnce(specs));
  }

  groupLag(group: string, topics: readonly string[]): Promise<PartitionLag[]> {
    return whileSettling(() => this.groupLagOnce(group, topics));
  }

  close(): void {
    this.drop();
  }

  private async ensureTopicsOnce(specs: readonly TopicSpec[]): Promise<void> {
    const existing = await this.listTopics();
    const missing = specs.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) {
      // Resolves to false when another process was faster, which is as good.
      await this.ask((admin) =>
        admin.createTopics({ topics: missing.map(toKafkajsTopic), timeout: CREATE_TIMEOUT_MS, waitForLeaders: true }),
      );
    }
    await this.assertPartitions(specs);
    await this.alignConfigs(specs.filter(({ name, config }) => existing.has(name) && config));
  }

  private async groupLagOnce(group: string, topics: readonly string[]): Promise<PartitionLag[]> {
    return this.ask(async (admin) => {
      // A new connection knows no broker that it could ask for the group's coordinator, until it has asked for anything else.
      await admin.fetchTopicMetadata({ topics: [...topics] });
      const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
      const lags: PartitionLag[] = [];
      for (const { topic, partitions } of committed) {
        const ends = new Map((await admin.fetchTopicOffsets(topic)).map((end) => [end.partition, end]));
        for (const { partition, offset } of partitions) {
          const end = ends.get(partition);
          if (!end) continue;
          const started = Number(offset) >= 0;
          const lag = Number(BigInt(end.high) - BigInt(started ? offset : end.low));
          lags.push({ topic, partition, committed: started ? offset : null, end: end.high, lag: Math.max(0, lag) });
        }
      }
      return lags;
    });
  }

  private async assertPartitions(specs: readonly TopicSpec[]): Promise<void> {
    const { topics } = await this.ask((admin) => admin.fetchTopicMetadata({ topics: specs.map(({ name }) => name) }));
    const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    const wrong = specs.filter(({ name, partitions }) => counts.get(name) !== partitions);
    if (wrong.length === 0) return;
    const list = wrong
      .map(({ name, partitions }) => `${name} has ${counts.get(name) ?? 0} partitions instead of ${partitions}`)
      .join('; ');
    throw new KafkaError(
      'topic_mismatch',
      `${list}. Partitions are fixed for the life of a topic, since keys would move: correct the configuration or use a new topic name.`,
      { retryable: false },
    );
  }

  /** Sets the whole config of a topic where any wanted value differs: Kafka has no partial change in this protocol version. */
  private async alignConfigs(specs: readonly TopicSpec[]): Promise<void> {
    if (specs.length === 0) return;
    const type = kafkajs.ConfigResourceTypes.TOPIC;
    const { resources } = await this.ask((admin) =>
      admin.describeConfigs({ includeSynonyms: false, resources: specs.map(({ name }) => ({ type, name })) }),
    );
    const current = new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map((entry) => [entry.configName, entry.configValue])),
      ]),
    );
    const differing = specs.filter(({ name, config = {} }) =>
      Object.entries(config).some(([key, value]) => current.get(name)?.get(key) !== value),
    );
    if (differing.length === 0) return;
    await this.ask((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: differing.map(({ name, config = {} }) => ({ type, name, configEntries: toEntries(config) })),
      }),
    );
  }

  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const connection = (this.current ??= this.open());
    try {
      await connection.ready;
      return await question(connection.admin);
    } catch (error) {
      if (this.current === connection) this.drop();
      throw rootCause(error);
    }
  }

  private open(): { client: KafkaClient; admin: Admin; ready: Promise<void> } {
    const client = new KafkaClient(this.config, NO_RETRIES);
    const admin = client.kafka.admin();
    return { client, admin, ready: admin.connect() };
  }

  private drop(): void {
    const dropped = this.current;
    this.current = undefined;
    if (!dropped) return;
    dropped.ready.catch(() => {}); // Reported to whoever asked.
    dropped.admin.disconnect().catch(() => {}); // It is broken or idle; destroying the sockets is what counts.
    dropped.client.destroy();
  }
}

/** The client calls it final that a group has no coordinator; on a new broker it has none until somebody has asked. */
function passes(error: unknown): boolean {
  if (error instanceof KafkaError) return error.retryable;
  const { retriable, name } = error as { retriable?: boolean; name?: string };
  return retriable === true || name === 'KafkaJSGroupCoordinatorNotFound';
}

/** Repeats an order that may be given twice while its failure is one that passes. */
const whileSettling = async <T>(order: () => Promise<T>): Promise<T> => {
  const deadlineAt = performance.now() + SETTLE_DEADLINE_MS;
  for (;;) {
    try {
      return await order();
    } catch (error) {
      if (!passes(error) || performance.now() >= deadlineAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_PAUSE_MS));
    }
  }
};

const toEntries = (config: Record<string, string>) => Object.entries(config).map(([name, value]) => ({ name, value }));

const toKafkajsTopic = ({ name, partitions, replicationFactor, config }: TopicSpec): ITopicConfig => ({
  topic: name,
  numPartitions: partitions,
  ...(replicationFactor === undefined ? {} : { replicationFactor }),
  ...(config ? { configEntries: toEntries(config) } : {}),
});
