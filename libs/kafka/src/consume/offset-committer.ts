import type { OffsetsByTopicPartition } from 'kafkajs';
import { isMembershipLost, protocolErrorType } from '../client/error-cause.js';
import type { KafkaLogger } from '../kafka-logger.js';

export type CommitOffsets = (offsets: OffsetsByTopicPartition) => Promise<void>;

interface Progress {
  topic: string;
  partition: number;
  /** Offset to resume at: one past the last resolved. */
  next: bigint;
  /** What the coordinator knows of it. */
  committed: bigint;
}

/**
 * Remembers what is resolved and commits it behind the handlers' backs: at most one request at a time, at most one per interval, none
 * when nothing moved. A lost commit costs a redelivery, so failures are tried again with the next interval and never reach a handler.
 */
export class OffsetCommitter {
  private readonly progress = new Map<string, Progress>();
  /** Highest offset committed per partition over all assignments of this process, to notice when the group is set back. */
  private readonly highest = new Map<string, bigint>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private commit: CommitOffsets | undefined;

  constructor(
    private readonly group: string,
    private readonly intervalMs: number,
    private readonly logger: KafkaLogger,
  ) {}

  /** Offsets commit as the member that fetched them; a new assignment brings a new way to commit. */
  commitThrough(commit: CommitOffsets): void {
    this.commit = commit;
  }

  resolve(topic: string, partition: number, offset: string): void {
    const next = BigInt(offset) + 1n;
    const key = keyOf(topic, partition);
    const known = this.progress.get(key);
    if (!known) this.progress.set(key, { topic, partition, next, committed: -1n });
    else if (next > known.next) known.next = next;
    else return;
    this.timer ??= setTimeout(() => void this.flush(), this.intervalMs);
  }

  /** Commits what is resolved now. Never rejects. */
  async flush(): Promise<void> {
    this.disarm();
    if (this.running) await this.running;
    if (this.pending().length === 0) return;
    this.running ??= this.commitPending().finally(() => (this.running = undefined));
    await this.running;
  }

  /** The partitions are handed out anew: what is not committed by now will be delivered again. */
  forgetAssignment(): void {
    this.disarm();
    this.progress.clear();
    this.commit = undefined;
  }

  /** Warns when a partition starts below what this process saw committed: somebody or something set the group back. */
  noteDelivered(topic: string, partition: number, firstOffset: string): void {
    const highest = this.highest.get(keyOf(topic, partition));
    if (highest === undefined || BigInt(firstOffset) >= highest) return;
    this.highest.delete(keyOf(topic, partition));
    const fields = { group: this.group, topic, partition, firstOffset, committed: highest.toString() };
    this.logger.warn(fields, 'The committed offset of the group went back; messages are delivered again');
  }

  private pending(): Progress[] {
    return [...this.progress.values()].filter(({ next, committed }) => next > committed);
  }

  private async commitPending(): Promise<void> {
    const snapshot = this.pending().map((progress) => ({ progress, next: progress.next }));
    if (snapshot.length === 0 || !this.commit) return;
    try {
      await this.commit(toKafkajsOffsets(snapshot));
      for (const { progress, next } of snapshot) {
        progress.committed = next;
        this.highest.set(keyOf(progress.topic, progress.partition), next);
      }
    } catch (error) {
      const isOrdinary = isMembershipLost(error) || protocolErrorType(error) === 'GROUP_LOAD_IN_PROGRESS';
      const level = isOrdinary ? 'debug' : 'warn';
      this.logger[level]({ group: this.group, err: error }, 'Committing offsets failed, trying again');
      if (this.progress.size > 0) this.timer ??= setTimeout(() => void this.flush(), this.intervalMs);
    }
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

const toKafkajsOffsets = (snapshot: { progress: Progress; next: bigint }[]): OffsetsByTopicPartition => {
  const byTopic = new Map<string, { partition: number; offset: string }[]>();
  for (const { progress, next } of snapshot) {
    const partitions = byTopic.get(progress.topic) ?? [];
    partitions.push({ partition: progress.partition, offset: next.toString() });
    byTopic.set(progress.topic, partitions);
  }
  return { topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })) };
};
