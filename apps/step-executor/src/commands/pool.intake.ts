import type { KafkaBatch, KafkaMessage } from '@flows/kafka';
import type { CommandProcessor } from '../attempts/command.processor.js';
import { mayHoldReferences } from '../blobs/blob-reference.js';
import { RoundRobin } from '../fairness/round-robin.js';
import type { DeadLetters } from './dead-letters.js';
import { PartitionProgress, type Turn } from './partition-progress.js';
import { Slots } from './slots.js';
import { decodeCommand } from './step-command.decoder.js';

/** How often a full pool looks whether its partition is still its own. */
const LOOK_EVERY_MS = 500;
/** Read ahead of the slots, over all partitions of the pool: far enough to see past what one workspace has queued, and bounded. */
const MOST_AHEAD = 16_384;
const MOST_BYTES_AHEAD = 16 * 1024 * 1024;

interface Ahead {
  readonly message: KafkaMessage;
  readonly turn: Turn;
  readonly bytes: number;
}

/**
 * Takes the batches of one pool in and starts their commands as the pool has slots. What finds no slot is read ahead, within bounds, and
 * workspaces take turns from there: ten thousand commands of one delay another's by a turn of a slot, not by ten thousand. A slow
 * command holds up nothing but its own slot and its own offset.
 */
export class PoolIntake {
  readonly slots: Slots;
  private readonly progress = new Map<number, PartitionProgress>();
  private readonly ahead = new RoundRobin<Ahead>();
  private bytesAhead = 0;
  private starting = false;
  /** Takes that wait for room. */
  private room: (() => void)[] = [];

  constructor(
    limit: number,
    private readonly processor: CommandProcessor,
    private readonly deadLetters: DeadLetters,
  ) {
    this.slots = new Slots(limit);
  }

  /**
   * Returns when every command of the batch is started or read ahead. Throws when the partition is lost, or when a dead letter cannot be
   * kept: then the batch comes again.
   */
  async take(batch: KafkaBatch): Promise<void> {
    const progress = this.progressOf(batch);
    const { messages } = batch;
    let next = 0;
    while (next < messages.length) {
      // Nothing more is started, and nothing that was not started may be resolved.
      if (this.processor.isDraining) return await this.processor.whenDrained();
      if (batch.isStale()) return;
      const unreadable: Promise<void>[] = [];
      // Others wait already: then this batch has no right of way.
      const granted = this.ahead.size > 0 ? 0 : this.slots.take(messages.length - next);
      for (const end = next + granted; next < end; next += 1) {
        const message = messages[next] as KafkaMessage;
        const put = this.start(message, progress.begin(message.offset));
        if (put !== undefined) unreadable.push(put);
      }
      if (unreadable.length > 0) await Promise.all(unreadable);
      if (granted > 0) continue;
      while (next < messages.length && this.hasRoom()) {
        const message = messages[next++] as KafkaMessage;
        this.readAhead(message, progress.begin(message.offset));
      }
      if (!this.starting && this.ahead.size > 0) void this.startAhead();
      if (next === messages.length) return;
      await this.whenRoom(LOOK_EVERY_MS);
      await batch.heartbeat();
    }
  }

  /** @returns a promise only for what is no command. */
  private start(message: KafkaMessage, turn: Turn): Promise<void> | undefined {
    const decoded = decodeCommand(message);
    if (decoded.ok) {
      this.processor.start({
        command: decoded.command,
        traceparent: message.headers['traceparent'],
        mayReferToBlobs: message.value !== null && mayHoldReferences(message.value),
        slots: this.slots,
        turn,
      });
      return undefined;
    }
    this.slots.giveBack();
    return this.deadLetters.add(message, decoded.code, decoded.detail).then(() => turn.finish());
  }

  private readAhead(message: KafkaMessage, turn: Turn): void {
    const bytes = message.value?.length ?? 0;
    this.bytesAhead += bytes;
    this.ahead.add(message.headers['ce_workspaceid'] ?? '', { message, turn, bytes });
  }

  /** One at a time per pool. Never rejects. */
  private async startAhead(): Promise<void> {
    this.starting = true;
    while (this.ahead.size > 0) {
      const granted = this.slots.take(this.ahead.size);
      if (this.processor.isDraining) this.dropAhead();
      for (let started = 0; started < granted; started += 1) this.startNext();
      if (granted > 0) this.wakeTakes();
      else await this.slots.whenFree(LOOK_EVERY_MS);
    }
    this.starting = false;
  }

  private startNext(): void {
    const next = this.ahead.next();
    if (next !== undefined) this.bytesAhead -= next.bytes;
    // Handed out anew meanwhile: its next delivery answers for it.
    if (next === undefined || !next.turn.counts) return this.slots.giveBack();
    this.start(next.message, next.turn)?.catch(() => this.tryLater(next));
  }

  /** A dead letter that could not be kept. Its batch is long taken, so it goes back in the queue. */
  private tryLater({ message, turn }: Ahead): void {
    const again = setTimeout(() => {
      this.readAhead(message, turn);
      if (!this.starting) void this.startAhead();
    }, LOOK_EVERY_MS);
    again.unref();
  }

  private dropAhead(): void {
    this.ahead.clear();
    this.bytesAhead = 0;
    this.wakeTakes();
  }

  private hasRoom(): boolean {
    return this.ahead.size < MOST_AHEAD && this.bytesAhead < MOST_BYTES_AHEAD;
  }

  private whenRoom(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(wake, timeoutMs);
      function wake(): void {
        clearTimeout(timer);
        resolve();
      }
      this.room.push(wake);
    });
  }

  private wakeTakes(): void {
    if (this.room.length === 0 || !this.hasRoom()) return;
    for (const wake of this.room.splice(0)) wake();
  }

  private progressOf(batch: KafkaBatch): PartitionProgress {
    let progress = this.progress.get(batch.partition);
    if (progress === undefined) this.progress.set(batch.partition, (progress = new PartitionProgress()));
    progress.take(batch);
    return progress;
  }
}
