import type { KafkaBatch, KafkaMessage } from '@flows/kafka';
import type { CommandProcessor } from '../attempts/command.processor.js';
import type { DeadLetters } from './dead-letters.js';
import { PartitionProgress } from './partition-progress.js';
import { Slots } from './slots.js';
import { decodeCommand } from './step-command.decoder.js';

/** How often a full pool looks whether its partition is still its own. */
const LOOK_EVERY_MS = 500;

/**
 * Takes the batches of one pool in, as fast as the pool has slots, and starts their commands. A full pool holds its partitions up (the
 * driver sends heartbeats meanwhile); a slow command holds up nothing but its own slot and its own offset.
 */
export class PoolIntake {
  readonly slots: Slots;
  private readonly progress = new Map<number, PartitionProgress>();

  constructor(
    limit: number,
    private readonly processor: CommandProcessor,
    private readonly deadLetters: DeadLetters,
  ) {
    this.slots = new Slots(limit);
  }

  /** Returns when every command of the batch is started, not when it is done. Throws when the partition is lost or a dead letter cannot be kept. */
  async take(batch: KafkaBatch): Promise<void> {
    const progress = this.progressOf(batch);
    let next = 0;
    while (next < batch.messages.length) {
      // Nothing more is started, and nothing that was not started may be resolved.
      if (this.processor.isDraining) return await this.processor.whenDrained();
      if (batch.isStale()) return;
      const granted = this.slots.take(batch.messages.length - next);
      if (granted === 0) {
        await this.slots.whenFree(LOOK_EVERY_MS);
        await batch.heartbeat();
      }
      const unreadable: Promise<void>[] = [];
      for (const end = next + granted; next < end; next += 1) {
        const message = batch.messages[next] as KafkaMessage;
        const put = this.start(message, progress.begin(message.offset));
        if (put !== undefined) unreadable.push(put);
      }
      if (unreadable.length > 0) await Promise.all(unreadable);
    }
  }

  /** @returns a promise only for what is no command. */
  private start(message: KafkaMessage, finish: () => void): Promise<void> | undefined {
    const decoded = decodeCommand(message);
    if (decoded.ok) {
      this.processor.start({ command: decoded.command, traceparent: message.headers['traceparent'], slots: this.slots, finish });
      return undefined;
    }
    this.slots.giveBack();
    return this.deadLetters.add(message, decoded.code, decoded.detail).then(finish);
  }

  private progressOf(batch: KafkaBatch): PartitionProgress {
    let progress = this.progress.get(batch.partition);
    if (progress === undefined) this.progress.set(batch.partition, (progress = new PartitionProgress()));
    progress.take(batch);
    return progress;
  }
}
