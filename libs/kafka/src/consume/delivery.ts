import type { Batch } from 'kafkajs';
import type { KafkaBatch, KafkaMessage } from '../kafka-driver.port.js';
import { toKafkaMessage } from './to-kafka-message.js';

export interface DeliveryHooks {
  heartbeat(): Promise<void>;
  resolve(topic: string, partition: number, offset: string): void;
}

/**
 * One fetched batch on its way through the handler, over as many tries as it takes. Knows how far it is resolved, so that a retry begins
 * behind that, and turns stale for good when its partition is lost.
 */
export class Delivery implements KafkaBatch {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  readonly lag: number;
  messages: readonly KafkaMessage[];
  private readonly lastMessageOffset: string;
  private readonly lastOffset: string;
  private resolvedUpTo = -1n;
  private stale = false;

  constructor(
    batch: Batch,
    private readonly hooks: DeliveryHooks,
  ) {
    this.topic = batch.topic;
    this.partition = batch.partition;
    this.highWatermark = batch.highWatermark;
    this.lag = Math.max(0, Number(batch.offsetLag()));
    this.messages = batch.messages.map((message) => toKafkaMessage(batch.topic, batch.partition, message));
    this.lastMessageOffset = batch.messages.at(-1)!.offset;
    this.lastOffset = batch.lastOffset();
    this.resolve = this.resolve.bind(this);
    this.isStale = this.isStale.bind(this);
    this.heartbeat = this.heartbeat.bind(this);
  }

  heartbeat(): Promise<void> {
    return this.hooks.heartbeat();
  }

  isStale(): boolean {
    return this.stale;
  }

  /** The last message stands for what follows it invisibly (transaction markers), else the group would lag behind it for ever. */
  resolve(offset: string): void {
    if (this.stale) return;
    const resolved = BigInt(offset);
    if (resolved > this.resolvedUpTo) this.resolvedUpTo = resolved;
    this.hooks.resolve(this.topic, this.partition, offset === this.lastMessageOffset ? this.lastOffset : offset);
  }

  markStale(): void {
    this.stale = true;
  }

  /** Leaves only what a next try has to see. */
  dropResolved(): void {
    if (this.resolvedUpTo >= 0n) this.messages = this.messages.filter(({ offset }) => BigInt(offset) > this.resolvedUpTo);
  }
}
