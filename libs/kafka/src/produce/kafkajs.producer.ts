import { performance } from 'node:perf_hooks';
import type { Producer, TopicMessages } from 'kafkajs';
import { isRefusedByBroker, protocolErrorType, rootCause } from '../client/error-cause.js';
import { KafkaClient, NO_RETRIES, type KafkaConnectionConfig } from '../client/kafka-client.js';
import type { KafkaProducerPort, OutgoingMessage, ProducerOptions } from '../kafka-driver.port.js';
import { KafkaError } from '../kafka.errors.js';
import { sentMessages, sendDuration } from '../kafka.metrics.js';
import { messageSizeBytes } from './message-size.js';
import { createMurmur2Partitioner } from './murmur2.partitioner.js';
import { PublishQueue, splitBySize, type Parcel } from './publish-queue.js';

/** Asks the cluster which of these topics do not exist; empty when it cannot tell. */
export type FindMissingTopics = (topics: readonly string[]) => Promise<readonly string[]>;

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;
const ACKS_ALL = -1;

/**
 * Sends requests and retries them until the deadline of the oldest message. Owns the retries: kafkajs' own are off, and a client that
 * failed once in any way is thrown away, since a producer of kafkajs can stay broken for ever (row 11 of its defects).
 */
export class KafkajsProducer implements KafkaProducerPort {
  private current: { client: KafkaClient; producer: Producer } | undefined;
  private readonly queue: PublishQueue;
  private readonly knownTopics = new Set<string>();
  private readonly deadlineMs: number;
  private readonly maxRequestBytes: number;
  private readonly maxMessageBytes: number;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly config: KafkaConnectionConfig,
    private readonly findMissingTopics: FindMissingTopics,
    options: ProducerOptions = {},
  ) {
    this.deadlineMs = options.deadlineMs ?? 30_000;
    this.maxRequestBytes = options.maxRequestBytes ?? 900_000;
    this.maxMessageBytes = options.maxMessageBytes ?? 1_000_000;
    this.queue = new PublishQueue((parcels) => this.sendAll(parcels), this.maxRequestBytes);
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.closing) throw new KafkaError('closed', 'The producer is closed: publish before close().', { retryable: false });
    if (messages.length === 0) return;
    const sizes = new Map<OutgoingMessage, number>();
    for (const message of messages) sizes.set(message, this.checkedSize(message));
    const deadlineAt = performance.now() + this.deadlineMs;
    const pieces = splitBySize(messages, (message) => sizes.get(message)!, this.maxRequestBytes);
    await Promise.all(
      pieces.map(
        (piece) => new Promise<void>((delivered, failed) => this.queue.add({ ...piece, deadlineAt, delivered, failed })),
      ),
    );
  }

  close(): Promise<void> {
    this.closing ??= this.queue.whenIdle().then(() => this.discardClient());
    return this.closing;
  }

  /** Connects ahead of the first message, so that it pays no handshake. Fails silently: `publish` retries. */
  async warmUp(): Promise<void> {
    await this.connected().catch(() => this.discardClient());
  }

  private checkedSize(message: OutgoingMessage): number {
    const size = messageSizeBytes(message);
    if (size <= this.maxMessageBytes) return size;
    throw new KafkaError(
      'message_too_large',
      `A message for ${message.topic} takes ${size} bytes and the limit is ${this.maxMessageBytes}: keep large data out of the message and send a reference.`,
      { retryable: false },
    );
  }

  /** Settles every parcel; never throws. What one parcel has done wrong must not fail its neighbours. */
  private async sendAll(parcels: readonly Parcel[]): Promise<void> {
    const sendable = await this.rejectUnknownTopics(parcels);
    if (sendable.length === 0) return;
    const error = await this.trySend(sendable);
    if (error === undefined) return sendable.forEach((parcel) => parcel.delivered());
    if (error.retryable || sendable.length === 1) return sendable.forEach((parcel) => parcel.failed(error));
    for (const parcel of sendable) {
      const own = await this.trySend([parcel]);
      if (own === undefined) parcel.delivered();
      else parcel.failed(own);
    }
  }

  /** kafkajs retries a topic that does not exist as if it might appear, and holds up all other topics with it. */
  private async rejectUnknownTopics(parcels: readonly Parcel[]): Promise<readonly Parcel[]> {
    const unseen = new Set<string>();
    for (const { messages } of parcels) for (const { topic } of messages) if (!this.knownTopics.has(topic)) unseen.add(topic);
    if (unseen.size === 0) return parcels;
    const missing = new Set(await this.findMissingTopics([...unseen]));
    for (const topic of unseen) if (!missing.has(topic)) this.knownTopics.add(topic);
    if (missing.size === 0) return parcels;
    return parcels.filter((parcel) => {
      const absent = parcel.messages.find(({ topic }) => missing.has(topic));
      if (!absent) return true;
      const message = `Topic ${absent.topic} does not exist: create it with ensureTopics() before publishing.`;
      parcel.failed(new KafkaError('unknown_topic', message, { retryable: true }));
      return false;
    });
  }

  /** The error that remains when the deadline is over or the broker refuses; undefined when all is written. */
  private async trySend(parcels: readonly Parcel[]): Promise<KafkaError | undefined> {
    const topicMessages = groupByTopic(parcels);
    const deadlineAt = Math.min(...parcels.map((parcel) => parcel.deadlineAt));
    const startedAt = performance.now();
    for (let pauseMs = FIRST_PAUSE_MS, last: unknown; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (performance.now() >= deadlineAt) return deadlineExceeded(this.deadlineMs, last);
      try {
        await withinDeadline(this.sendOnce(topicMessages), deadlineAt);
        recordSent(topicMessages, performance.now() - startedAt);
        return undefined;
      } catch (error) {
        this.discardClient();
        last = rootCause(error);
        for (const { topic } of topicMessages) this.knownTopics.delete(topic);
        if (isRefusedByBroker(error)) return refused(last);
        if (error !== overdue)
          this.config.logger.warn({ err: last, retryInMs: pauseMs }, 'Publishing to Kafka failed, trying again');
      }
      await pause(Math.min(pauseMs, Math.max(0, deadlineAt - performance.now())));
    }
  }

  /** A new topic has no leader for its first moments and a leader may move: only what lasts is worth a warning. */
  private reportRetry(cause: unknown, retryInMs: number): void {
    const level = retryInMs <= FIRST_PAUSE_MS * 2 ? 'debug' : 'warn';
    this.config.logger[level]({ err: cause, retryInMs }, 'Publishing to Kafka failed, trying again');
  }

  private async sendOnce(topicMessages: TopicMessages[]): Promise<void> {
    const { producer } = await this.connected();
    await producer.sendBatch({ acks: ACKS_ALL, topicMessages });
  }

  private async connected(): Promise<{ producer: Producer }> {
    if (this.current) return this.current;
    const client = new KafkaClient(this.config, NO_RETRIES);
    const producer = client.kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: createMurmur2Partitioner,
      idempotent: false,
    });
    this.current = { client, producer };
    await producer.connect();
    return { producer };
  }

  private discardClient(): void {
    const discarded = this.current;
    this.current = undefined;
    if (!discarded) return;
    discarded.producer.disconnect().catch(() => {}); // It is broken or idle; destroying the sockets is what counts.
    discarded.client.destroy();
  }
}

const groupByTopic = (parcels: readonly Parcel[]): TopicMessages[] => {
  const byTopic = new Map<string, TopicMessages>();
  for (const { messages } of parcels) {
    for (const { topic, ...message } of messages) {
      const group = byTopic.get(topic);
      if (group) group.messages.push(message);
      else byTopic.set(topic, { topic, messages: [message] });
    }
  }
  return [...byTopic.values()];
};

const recordSent = (topicMessages: readonly TopicMessages[], elapsedMs: number): void => {
  for (const { topic, messages } of topicMessages) sentMessages.add(messages.length, { 'messaging.destination.name': topic });
  sendDuration.record(elapsedMs / 1000);
};

const overdue = new Error('The deadline of the request passed');

const withinDeadline = async (work: Promise<void>, deadlineAt: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(overdue), Math.max(0, deadlineAt - performance.now()));
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {}); // When the deadline won, its client is destroyed and the late failure says nothing new.
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const deadlineExceeded = (deadlineMs: number, cause: unknown): KafkaError => {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new KafkaError('deadline_exceeded', `Kafka did not take the messages within ${deadlineMs} ms${reason}`, {
    retryable: true,
    cause,
  });
};

const refused = (cause: unknown): KafkaError => {
  const type = protocolErrorType(cause);
  return type === 'MESSAGE_TOO_LARGE'
    ? new KafkaError('message_too_large', 'The broker refused a message as too large for its topic.', { retryable: false, cause })
    : new KafkaError('refused', `The broker refused the messages: ${type}.`, { retryable: false, cause });
};
