/**
 * What the rest of Flows knows of Kafka. Owns the vocabulary of messages, batches and offsets; refuses every type of the client
 * behind it, so that the client can be exchanged without touching a service.
 */
export interface KafkaMessage {
  /** UTF-8 text of the key; `null` where the producer gave none. */
  key: string | null;
  /** `null` is a tombstone. */
  value: Buffer | null;
  /** UTF-8 text by name. Of a repeated header the last one wins. */
  headers: Record<string, string>;
  /** Milliseconds since the epoch, as the producer (or the broker, by topic config) stamped it. */
  timestamp: number;
  topic: string;
  partition: number;
  /** Decimal text: offsets are 64 bits wide. */
  offset: string;
}

export interface OutgoingMessage {
  topic: string;
  /** Decides the partition (murmur2, as Java does). `null` spreads round robin. */
  key: string | null;
  value: string | Buffer | null;
  headers?: Record<string, string>;
  /** Overrides the partition that the key would choose. */
  partition?: number;
}

export interface KafkaProducerPort {
  /**
   * Resolves once all in-sync replicas hold every message. Sent at once, without linger; what is published while a request is under
   * way goes out together in the next one. Messages of one producer keep their order per partition.
   *
   * Not atomic: on failure some messages may have been written, and a retry may write them twice; receivers dedupe.
   * @throws KafkaError `message_too_large`, `unknown_topic`, `refused`, `deadline_exceeded`, `closed`
   */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Waits for what was published, then disconnects. Later calls of `publish` fail with `closed`. */
  close(): Promise<void>;
}

export interface ProducerOptions {
  /** How long one `publish` may try, broker restarts included. Default 30 000. */
  deadlineMs?: number;
  /** Bytes of one request. Keep it below `max.message.bytes` of the topics, which bounds the batch of one partition. Default 900 000. */
  maxRequestBytes?: number;
  /** Largest single message, headers and key included. Default 1 000 000, just under the broker's own default. */
  maxMessageBytes?: number;
}

/** A run of messages of one partition, in offset order, never empty. */
export interface KafkaBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
  /** Offset that the next message of this partition will get. */
  readonly highWatermark: string;
  /** Messages of this partition that follow the batch on the broker, as of the fetch. */
  readonly lag: number;
  /**
   * Tells the coordinator that this consumer lives. The driver does so by itself every second while a handler runs; call it to learn of
   * a rebalance early.
   * @throws when the partition is lost; let the error abort the handler.
   */
  heartbeat(): Promise<void>;
  /** True once the partition may belong to somebody else: stop working, write nothing that is not fenced. */
  isStale(): boolean;
  /**
   * Everything of this partition up to and including `offset` is done and need not come again. May be called after the handler has
   * returned (work that goes on in the background). Cheap: the commit follows within the commit interval. Ignored when stale.
   */
  resolve(offset: string): void;
}

export interface TopicPartition {
  topic: string;
  partition: number;
}

export interface SubscribedTopic {
  topic: string;
  /** Where a group without a committed offset starts. Default true: losing events is worse than seeing them again. */
  fromBeginning?: boolean;
}

export interface ConsumeOptions {
  group: string;
  topics: readonly SubscribedTopic[];
  /** Handlers that run at the same time, each for another partition. */
  partitionsConcurrently: number;
  /**
   * Takes a batch over. When it returns, the next messages of the partition are fetched; what it did not `resolve` by then stays
   * uncommitted and comes again only after a restart or rebalance.
   *
   * INVARIANT: throwing means that the infrastructure failed. The unresolved rest of the batch is handed out again, with growing pauses,
   * for as long as the partition is ours. A bad message must not throw: dead-letter it and resolve it.
   */
  onBatch(batch: KafkaBatch): Promise<void>;
  /** The group has given us these partitions; earlier batches are stale. */
  onAssigned?(assigned: readonly TopicPartition[]): void;
  /** These partitions are no longer ours (or come back under a new assignment, starting at the committed offsets). */
  onRevoked?(revoked: readonly TopicPartition[]): void;
  /**
   * Called by `stop` when no batch is handed out any more and before the last commit: wait here for work that outlives its handler.
   * Bounded by the stop deadline.
   */
  drain?(): Promise<void>;
  /** Default 1 MiB. */
  maxBytesPerPartition?: number | undefined;
  /** How long the broker may hold a fetch that finds nothing. Adds no latency to messages, stop or resume. Default 1000. */
  maxWaitMs?: number | undefined;
  /** Silence after which the group takes the partitions away, e.g. of a process that was killed. Default 10 000; brokers refuse less than 6000. */
  sessionTimeoutMs?: number;
  /** Also sent while handlers run. Members learn of a rebalance no sooner than with their next heartbeat. Default 3000. */
  heartbeatIntervalMs?: number;
  /** How long `stop` waits for handlers, drain and commit before it gives up on them. Default 10 000. */
  stopDeadlineMs?: number;
  /** Aborting stops the subscription, also while it still waits to join. */
  signal?: AbortSignal;
  /** The consumer is dead for good and nothing will revive it: end the process. */
  onFatal(error: Error): void;
}

export interface ConsumerHealth {
  /** Member of its group, with an assignment (which may be empty). */
  joined: boolean;
  /**
   * Milliseconds since the epoch of the last answer to a fetch; `null` before the first. Its age, beyond `maxWaitMs` and what a handler may
   * take, tells a hung consumer.
   */
  lastFetchAt: number | null;
  assigned: number;
  fatal?: Error;
}

export interface KafkaSubscription {
  readonly group: string;
  /**
   * Hands out no more batches, waits for running handlers and `drain`, commits what was resolved, leaves the group. Idempotent; never
   * rejects; bounded by the stop deadline.
   */
  stop(): Promise<void>;
  /** Stops fetching a partition; a batch at hand is still finished. Ends with the assignment or `resume`. */
  pause(topicPartition: TopicPartition): void;
  resume(topicPartition: TopicPartition): void;
  health(): ConsumerHealth;
  /** Commits what is resolved now instead of at the end of the commit interval. */
  commitNow(): Promise<void>;
}

export interface TopicSpec {
  name: string;
  /** For the life of the topic: changing it moves keys to other partitions. */
  partitions: number;
  /** Default: the broker's. */
  replicationFactor?: number;
  /** Broker names and values, e.g. `{ 'retention.ms': '604800000' }`. */
  config?: Record<string, string>;
}

export interface PartitionLag extends TopicPartition {
  /** Offset the group would resume at; `null` when it never committed. */
  committed: string | null;
  end: string;
  lag: number;
}

export interface KafkaDriver {
  producer(options?: ProducerOptions): Promise<KafkaProducerPort>;
  /** Resolves once the group is joined. Waits for a broker that is down and for topics that do not exist yet. */
  consume(options: ConsumeOptions): Promise<KafkaSubscription>;
  /**
   * Creates what is missing and brings the config of existing topics in line. Safe to run from several processes at once.
   * @throws KafkaError `topic_mismatch` when a topic exists with another number of partitions.
   */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  groupLag(group: string, topics: readonly string[]): Promise<PartitionLag[]>;
  /** Resolves when a broker answers. @throws when none does within `timeoutMs` (default 3000). */
  ping(timeoutMs?: number): Promise<void>;
  /** Stops every subscription, then closes every producer. */
  close(): Promise<void>;
}
