import { performance } from 'node:perf_hooks';
import type { EachBatchPayload } from 'kafkajs';
import { isMembershipLost, protocolErrorType } from '../client/error-cause.js';
import type { ConsumeOptions } from '../kafka-driver.port.js';
import type { KafkaLogger } from '../kafka-logger.js';
import { consumedMessages, groupLag, processDuration } from '../kafka.metrics.js';
import { backoffMs, pause } from './backoff.js';
import { Delivery } from './delivery.js';
import type { OffsetCommitter } from './offset-committer.js';

/** How long handlers may finish their work when the group rebalances. The others wait for us meanwhile, at most `rebalanceTimeout`. */
const REBALANCE_GRACE_MS = 5_000;
/** How often a heartbeat is offered while handlers run; kafkajs sends it when the interval has passed. */
const BEAT_EVERY_MS = 500;

/**
 * Stands between kafkajs and a handler. Owns retries, heartbeats while a handler runs, staleness, and the step from "taken over" (the
 * fetch position moves on) to "done" (the offset may be committed).
 *
 * INVARIANT: what a handler throws never reaches kafkajs, which would crash the whole consumer over it. Only the loss of the membership
 * does, since kafkajs then has to join again.
 */
export class BatchRunner {
  private readonly running = new Set<Delivery>();
  private readonly stopping = new AbortController();
  private readonly parked: (() => void)[] = [];
  private readonly tries = new Set<{ giveUp(outcome: { error: unknown }): void; fail(error: Error): void }>();
  private readonly heartbeatTimer: NodeJS.Timeout;
  private idle: (() => void)[] = [];
  private loss: { error: Error; graceTimer: NodeJS.Timeout } | undefined;
  private lastPayload: EachBatchPayload | undefined;
  private released = false;

  constructor(
    private readonly options: Pick<ConsumeOptions, 'group' | 'onBatch'>,
    private readonly committer: OffsetCommitter,
    private readonly logger: KafkaLogger,
  ) {
    this.heartbeatTimer = setInterval(() => this.beat(), BEAT_EVERY_MS);
    this.heartbeatTimer.unref();
  }

  /** The `eachBatch` of kafkajs. Returning without having moved the position means: not taken, fetch it again. */
  readonly eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    this.throwIfLost();
    this.lastPayload = payload;
    if (this.stopping.signal.aborted) return this.park();
    this.committer.commitThrough((offsets) => payload.commitOffsetsIfNecessary(offsets));
    const delivery = this.accept(payload);
    const startedAt = performance.now();
    try {
      const taken = await this.untilTaken(delivery);
      if (taken && !delivery.isStale()) payload.resolveOffset(payload.batch.lastOffset());
    } finally {
      this.finished(delivery, payload.batch.messages.length, performance.now() - startedAt);
    }
    if (this.stopping.signal.aborted) return this.park();
  };

  /** The group hands out the partitions anew: every batch of before is lost, also one that is still being handled. */
  assignmentChanged(): void {
    clearTimeout(this.loss?.graceTimer);
    this.loss = undefined;
    for (const delivery of this.running) delivery.markStale();
  }

  /** From now on no batch is handed out; what kafkajs fetches meanwhile waits for `release`. */
  stopIntake(): void {
    this.stopping.abort();
  }

  whenIdle(): Promise<void> {
    return this.running.size === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  /** Lets kafkajs go at the end of a stop. Handlers that still run are given up. */
  release(): void {
    clearInterval(this.heartbeatTimer);
    this.released = true;
    this.assignmentChanged();
    for (const { giveUp } of [...this.tries]) giveUp({ error: new Error('The consumer stopped before the handler returned') });
    for (const resume of this.parked.splice(0)) resume();
  }

  private accept(payload: EachBatchPayload): Delivery {
    const delivery = new Delivery(payload.batch, {
      heartbeat: () => this.heartbeat(payload),
      resolve: (topic, partition, offset) => this.committer.resolve(topic, partition, offset),
    });
    this.committer.noteDelivered(delivery.topic, delivery.partition, payload.batch.messages[0]!.offset);
    this.running.add(delivery);
    return delivery;
  }

  private finished(delivery: Delivery, messages: number, elapsedMs: number): void {
    this.running.delete(delivery);
    if (this.running.size === 0) for (const resolve of this.idle.splice(0)) resolve();
    const { topic, partition, lag } = delivery;
    const labels = { 'messaging.destination.name': topic, 'messaging.consumer.group.name': this.options.group };
    consumedMessages.add(messages, labels);
    processDuration.record(elapsedMs / 1000, labels);
    groupLag.record(lag, { group: this.options.group, topic, partition });
  }

  /** False when the batch is given up before it was taken. @throws the loss of the membership, for kafkajs to join again. */
  private async untilTaken(delivery: Delivery): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      const failure = await this.tryOnce(delivery);
      if (failure === undefined) return true;
      this.throwIfLost();
      if (delivery.isStale()) return false;
      const retryInMs = backoffMs(failures);
      const { topic, partition, messages } = delivery;
      const fields = { group: this.options.group, topic, partition, firstOffset: messages[0]?.offset, failures, retryInMs };
      this.logger.error({ err: failure.error, ...fields }, 'Handling a batch failed; it is tried again until it succeeds');
      await pause(retryInMs, this.stopping.signal);
      this.throwIfLost();
      if (this.stopping.signal.aborted || delivery.isStale()) return false;
      delivery.dropResolved();
      if (delivery.messages.length === 0) return true;
    }
  }

  /** @throws the loss of the membership, when the grace of a rebalance ends before the handler does. */
  private tryOnce(delivery: Delivery): Promise<{ error: unknown } | undefined> {
    return new Promise((resolve, fail) => {
      const current = { giveUp: resolve, fail };
      this.tries.add(current);
      const settle = (outcome: { error: unknown } | undefined) => {
        this.tries.delete(current);
        resolve(outcome);
      };
      // A handler that throws before its first await is a failed try too.
      void Promise.resolve()
        .then(() => this.options.onBatch(delivery))
        .then(
          () => settle(undefined),
          (error: unknown) => settle({ error }),
        );
    });
  }

  private throwIfLost(): void {
    if (this.loss) throw this.loss.error;
  }

  private park(): Promise<void> {
    return this.released ? Promise.resolve() : new Promise((resolve) => this.parked.push(resolve));
  }

  /** While handlers run, kafkajs sends no heartbeat by itself, and the group would take the partitions away. */
  private beat(): void {
    if (this.running.size === 0 && this.parked.length === 0) return;
    if (this.lastPayload && !this.loss) this.heartbeat(this.lastPayload).catch(() => {}); // `heartbeat` has recorded the loss.
  }

  /** @throws when the membership is lost; an unreachable coordinator is none: it may come back in time. */
  private async heartbeat(payload: EachBatchPayload): Promise<void> {
    this.throwIfLost();
    try {
      await payload.heartbeat();
    } catch (error) {
      if (!isMembershipLost(error)) return this.logger.debug({ group: this.options.group, err: error }, 'Heartbeat failed');
      this.lose(error as Error);
      throw error;
    }
  }

  /** In a rebalance we own our partitions until we join again, so handlers may finish; in any other loss they are gone already. */
  private lose(error: Error): void {
    if (this.loss) return;
    if (protocolErrorType(error) !== 'REBALANCE_IN_PROGRESS') for (const delivery of this.running) delivery.markStale();
    const giveUp = () => {
      for (const delivery of this.running) delivery.markStale();
      for (const { fail } of [...this.tries]) fail(error);
    };
    this.loss = { error, graceTimer: setTimeout(giveUp, REBALANCE_GRACE_MS) };
  }
}
