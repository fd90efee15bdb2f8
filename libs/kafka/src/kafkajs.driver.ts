import { ClusterAdmin } from './admin/cluster.admin.js';
import type { KafkaConnectionConfig } from './client/kafka-client.js';
import { pause } from './consume/backoff.js';
import { KafkajsSubscription } from './consume/kafkajs.subscription.js';
import type {
  ConsumeOptions,
  KafkaDriver,
  KafkaSubscription,
  PartitionLag,
  ProducerOptions,
  TopicSpec,
} from './kafka-driver.port.js';
import { KafkaError } from './kafka.errors.js';
import { KafkajsProducer } from './produce/kafkajs.producer.js';

const LOOK_AGAIN_MS = 250;
const WARN_EVERY = 40;
/** How long a publish may wait to learn whether its topic exists before it just tries. */
const TOPIC_CHECK_MS = 2_000;

/** Kafka through kafkajs 2.2.4, repaired. Nothing connects before it is used. */
export const createKafkaDriver = (config: KafkaConnectionConfig): KafkaDriver => new KafkajsDriver(config);

class KafkajsDriver implements KafkaDriver {
  private readonly admin: ClusterAdmin;
  private readonly producers = new Set<KafkajsProducer>();
  private readonly subscriptions = new Set<KafkajsSubscription>();
  private closed: Promise<void> | undefined;

  constructor(private readonly config: KafkaConnectionConfig) {
    this.admin = new ClusterAdmin(config);
  }

  async producer(options?: ProducerOptions): Promise<KafkajsProducer> {
    this.refuseWhenClosed();
    const producer = new KafkajsProducer(this.config, (topics) => this.findMissingTopics(topics), options);
    this.producers.add(producer);
    await producer.warmUp();
    return producer;
  }

  async consume(options: ConsumeOptions): Promise<KafkaSubscription> {
    this.refuseWhenClosed();
    const subscription = new KafkajsSubscription(this.config, options, (topics, signal) => this.waitForTopics(topics, signal));
    this.subscriptions.add(subscription);
    options.signal?.addEventListener('abort', () => void subscription.stop(), { once: true });
    if (options.signal?.aborted) void subscription.stop();
    await subscription.start();
    return subscription;
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.admin.ensureTopics(topics);
  }

  groupLag(group: string, topics: readonly string[]): Promise<PartitionLag[]> {
    return this.admin.groupLag(group, topics);
  }

  ping(timeoutMs = 3_000): Promise<void> {
    return this.admin.ping(timeoutMs);
  }

  close(): Promise<void> {
    this.closed ??= this.closeInOrder();
    return this.closed;
  }

  private async closeInOrder(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    await Promise.all([...this.producers].map((producer) => producer.close()));
    this.admin.close();
  }

  private refuseWhenClosed(): void {
    if (this.closed) throw new KafkaError('closed', 'The Kafka driver is closed.', { retryable: false });
  }

  /** Empty also when the cluster does not answer: then the send itself finds out, under its deadline. */
  private async findMissingTopics(topics: readonly string[]): Promise<string[]> {
    const asked = new AbortController();
    const missing = this.admin.listTopics().then(
      (existing) => topics.filter((topic) => !existing.has(topic)),
      () => [],
    );
    const gaveUp = pause(TOPIC_CHECK_MS, asked.signal).then(() => []);
    return Promise.race([missing, gaveUp]).finally(() => asked.abort());
  }

  /** Services start in any order, also before the broker and before the topics are created. */
  private async waitForTopics(topics: readonly string[], signal: AbortSignal): Promise<void> {
    for (let looks = 0; !signal.aborted; looks += 1) {
      const missing = await this.admin.listTopics().then(
        (existing) => topics.filter((topic) => !existing.has(topic)),
        () => 'no broker answers' as const,
      );
      if (missing.length === 0) return;
      if (looks % WARN_EVERY === 1) this.config.logger.warn({ topics, missing }, 'Waiting for Kafka topics before consuming');
      await pause(LOOK_AGAIN_MS, signal);
    }
  }
}
