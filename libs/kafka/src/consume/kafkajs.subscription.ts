import kafkajs, { type Consumer, type ConsumerCrashEvent, type ConsumerGroupJoinEvent } from 'kafkajs';
import { KafkaClient, PATIENT_RETRIES, type KafkaConnectionConfig } from '../client/kafka-client.js';
import type { ConsumeOptions, ConsumerHealth, KafkaSubscription, TopicPartition } from '../kafka-driver.port.js';
import { KafkaError } from '../kafka.errors.js';
import { FetchInterrupter } from '../patches/fetch-interrupter.js';
import { BatchRunner } from './batch-runner.js';
import { OffsetCommitter } from './offset-committer.js';

const COMMIT_INTERVAL_MS = 200;
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 3_000;
const LEAVE_TIMEOUT_MS = 3_000;

/**
 * The life of one group membership: wait for the topics, join, consume, stop. Owns the kafkajs consumer; batches go through its
 * `BatchRunner`, offsets through its `OffsetCommitter`.
 */
export class KafkajsSubscription implements KafkaSubscription {
  readonly group: string;
  private readonly client: KafkaClient;
  private readonly consumer: Consumer;
  private readonly interrupter = new FetchInterrupter();
  private readonly committer: OffsetCommitter;
  private readonly runner: BatchRunner;
  private readonly state: { joined: boolean; lastFetchAt: number | null; fatal?: Error } = { joined: false, lastFetchAt: null };
  private assigned: TopicPartition[] = [];
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;
  private readonly stopRequest = new AbortController();

  constructor(
    private readonly config: KafkaConnectionConfig,
    private readonly options: ConsumeOptions,
    private readonly waitForTopics: (topics: readonly string[], signal: AbortSignal) => Promise<void>,
  ) {
    this.group = options.group;
    this.client = new KafkaClient(config, PATIENT_RETRIES);
    this.committer = new OffsetCommitter(options.group, COMMIT_INTERVAL_MS, config.logger);
    this.runner = new BatchRunner(options, this.committer, config.logger);
    this.consumer = this.createConsumer();
  }

  /** Resolves once joined. @throws KafkaError `closed` when stopped before that. */
  start(): Promise<void> {
    this.started ??= this.join();
    return this.started;
  }

  stop(): Promise<void> {
    this.stopped ??= this.stopInOrder();
    return this.stopped;
  }

  pause({ topic, partition }: TopicPartition): void {
    this.consumer.pause([{ topic, partitions: [partition] }]);
  }

  /** Ends a fetch that was sent without the partition, so that its messages need not wait for the others'. */
  resume({ topic, partition }: TopicPartition): void {
    this.consumer.resume([{ topic, partitions: [partition] }]);
    this.interrupter.interrupt();
  }

  health(): ConsumerHealth {
    return { ...this.state, assigned: this.assigned.length };
  }

  commitNow(): Promise<void> {
    return this.committer.flush();
  }

  private createConsumer(): Consumer {
    const consumer = this.client.kafka.consumer({
      groupId: this.options.group,
      allowAutoTopicCreation: false,
      sessionTimeout: this.options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      heartbeatInterval: this.options.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS,
      minBytes: 1,
      maxWaitTimeInMs: this.options.maxWaitMs ?? 1_000,
      ...(this.options.maxBytesPerPartition === undefined ? {} : { maxBytesPerPartition: this.options.maxBytesPerPartition }),
      partitionAssigners: [
        (context) => {
          this.interrupter.attach(context.cluster);
          return kafkajs.PartitionAssigners.roundRobin(context);
        },
      ],
    });
    consumer.on(consumer.events.GROUP_JOIN, (event) => this.onJoined(event));
    consumer.on(consumer.events.REBALANCING, () => void this.committer.flush());
    consumer.on(consumer.events.FETCH, () => void (this.state.lastFetchAt = Date.now()));
    consumer.on(consumer.events.CRASH, (event) => this.onCrash(event));
    return consumer;
  }

  private async join(): Promise<void> {
    await this.waitForTopics(
      this.options.topics.map(({ topic }) => topic),
      this.stopRequest.signal,
    );
    this.refuseWhenStopped();
    await this.consumer.connect();
    for (const { topic, fromBeginning = true } of this.options.topics)
      await this.consumer.subscribe({ topics: [topic], fromBeginning });
    this.refuseWhenStopped();
    // `run` returns when joined, which `stop` relies on: kafkajs ignores a stop that comes before (row 9).
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.partitionsConcurrently,
      eachBatch: this.runner.eachBatch,
    });
    if (this.state.fatal) throw this.state.fatal;
  }

  private refuseWhenStopped(): void {
    if (!this.stopRequest.signal.aborted) return;
    throw new KafkaError('closed', `The consumer of group ${this.group} was stopped before it had joined.`, { retryable: false });
  }

  private onJoined({ payload }: ConsumerGroupJoinEvent): void {
    const revoked = this.assigned;
    this.assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.state.joined = true;
    this.runner.assignmentChanged();
    this.committer.forgetAssignment();
    if (revoked.length > 0) this.options.onRevoked?.(revoked);
    this.options.onAssigned?.(this.assigned);
  }

  /** kafkajs restarts by itself, or never again (row 4). */
  private onCrash({ payload }: ConsumerCrashEvent): void {
    this.state.joined = false;
    this.runner.assignmentChanged();
    if (payload.restart || this.stopRequest.signal.aborted) return;
    this.state.fatal = payload.error;
    this.config.logger.error(
      { err: payload.error, group: this.group },
      'The consumer died and cannot be restarted; the process has to end',
    );
    this.options.onFatal(payload.error);
  }

  private async stopInOrder(): Promise<void> {
    this.stopRequest.abort();
    this.runner.stopIntake();
    const deadline = new Deadline(this.options.stopDeadlineMs ?? 10_000);
    const inTime =
      (await deadline.wait(this.started)) &&
      (await deadline.wait(this.runner.whenIdle())) &&
      (await deadline.wait(this.options.drain?.())) &&
      (await deadline.wait(this.committer.flush()));
    if (!inTime)
      this.config.logger.warn(
        { group: this.group },
        'Stopping the consumer took too long; unfinished messages will be delivered again',
      );
    const left = this.consumer.stop();
    this.runner.release();
    this.interrupter.interrupt();
    const hasLeft = await new Deadline(LEAVE_TIMEOUT_MS).wait(left.then(() => this.consumer.disconnect()));
    if (!hasLeft)
      this.config.logger.warn({ group: this.group }, 'Leaving the group failed; its partitions move after the session timeout');
    this.committer.forgetAssignment();
    this.client.destroy();
    this.state.joined = false;
    this.assigned = [];
  }
}

/** One budget of time for several steps. */
class Deadline {
  private readonly at: number;

  constructor(ms: number) {
    this.at = Date.now() + ms;
  }

  /** True when the work settled in time, however it ended. */
  async wait(work: Promise<unknown> | undefined): Promise<boolean> {
    if (!work) return true;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), Math.max(0, this.at - Date.now()));
    });
    const settled = work.then(
      () => true,
      () => true,
    );
    const inTime = await Promise.race([settled, timeout]);
    clearTimeout(timer);
    return inTime;
  }
}
