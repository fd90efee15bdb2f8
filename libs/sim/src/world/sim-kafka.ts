import type { Process, Scheduler, Steps } from '../kernel/scheduler.js';
import { InfrastructureError, type Disturbance } from './disturbance.js';

export interface SimRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: unknown;
  /** Handled at least once, to its end. */
  handled: boolean;
  /** Went with all data of Kafka. */
  lost: boolean;
}
export interface Message {
  readonly topic: string;
  readonly key: string;
  readonly value: unknown;
  /** For the observer: it is in the log, whether or not anybody hears so. */
  readonly arrived?: () => void;
}
interface Partition {
  records: SimRecord[];
}
interface Group {
  readonly topic: string;
  generation: number;
  readonly committed: number[];
  members: Member[];
  /** Member by partition. */
  owners: (Member | null)[];
}

export interface Batch {
  readonly records: readonly SimRecord[];
  /** By partition: the offset after the last of its records. */
  readonly upTo: ReadonlyMap<number, number>;
}

/**
 * Kafka in miniature: partitions by key, groups that consume at least once. A member that loses its partitions goes on with the batch
 * that it has, as clients do; its offsets count no more. All data may get lost at any time.
 */
export class SimKafka {
  readonly lostRecords: SimRecord[] = [];
  private readonly topics = new Map<string, Partition[]>();
  private readonly groups = new Map<string, Group>();
  /** How often all data was lost. */
  epoch = 0;

  constructor(
    readonly scheduler: Scheduler,
    readonly disturbance: Disturbance,
    private readonly partitions: number,
  ) {}

  *publish(messages: readonly Message[]): Steps {
    if (messages.length === 0) return;
    yield this.disturbance.latency();
    const fails = this.disturbance.hits('publishFails');
    const lost = this.disturbance.hits('publishReplyLost');
    // A batch is several requests, one per partition leader: a part of it may be there.
    const arrive = fails ? messages.slice(0, this.disturbance.int(messages.length + 1)) : messages;
    for (const message of arrive) this.append(message);
    yield this.disturbance.latency();
    if (!fails && !lost) return;
    this.scheduler.note('kafka fails a publish');
    throw new InfrastructureError('the publish failed, or its reply got lost');
  }

  join(groupName: string, topic: string, process: () => Process): Member {
    const group = this.groupOf(groupName, topic);
    const member = new Member(this, group, process);
    this.rejoin(groupName, member);
    return member;
  }

  rejoin(groupName: string, member: Member): void {
    const group = this.groups.get(groupName);
    if (group === undefined || group.members.includes(member)) return;
    group.members.push(member);
    this.rebalance(groupName);
  }

  leave(member: Member): void {
    for (const [name, group] of this.groups) {
      if (!group.members.includes(member)) continue;
      group.members = group.members.filter((other) => other !== member);
      this.rebalance(name);
    }
  }

  rebalance(groupName: string): void {
    const group = this.groups.get(groupName);
    if (group === undefined) return;
    group.generation += 1;
    const { members } = group;
    group.owners = Array.from({ length: this.partitions }, (_, index) =>
      members.length === 0 ? null : (members[(index + group.generation) % members.length] as Member),
    );
    for (const member of members) member.wake();
  }

  get groupNames(): string[] {
    return [...this.groups.keys()];
  }

  /** All data is gone; topics are made anew. */
  truncate(): void {
    this.epoch += 1;
    for (const partition of [...this.topics.values()].flat()) {
      for (const record of partition.records) if (!record.handled) record.lost = true;
      this.lostRecords.push(...partition.records);
      partition.records = [];
    }
    for (const [name, group] of this.groups) {
      group.committed.fill(0);
      this.rebalance(name);
    }
  }

  /** Everything that was ever appended. */
  *allRecords(): Generator<SimRecord> {
    yield* this.lostRecords;
    for (const partitions of this.topics.values()) for (const { records } of partitions) yield* records;
  }

  partitionsOf(topic: string): Partition[] {
    let partitions = this.topics.get(topic);
    if (partitions === undefined) {
      partitions = Array.from({ length: this.partitions }, () => ({ records: [] }));
      this.topics.set(topic, partitions);
    }
    return partitions;
  }

  private append({ topic, key, value, arrived }: Message): void {
    arrived?.();
    let spread = 0;
    for (let index = 0; index < key.length; index += 1) spread = (Math.imul(spread, 31) + key.charCodeAt(index)) | 0;
    const partitions = this.partitionsOf(topic);
    const partition = partitions[(spread >>> 0) % partitions.length] as Partition;
    const times = this.disturbance.hits('publishTwice') ? 2 : 1;
    for (let time = 0; time < times; time += 1) partition.records.push({ topic, key, value, handled: false, lost: false });
    for (const group of this.groups.values()) {
      if (group.topic === topic) group.owners[(spread >>> 0) % partitions.length]?.wake();
    }
  }

  private groupOf(name: string, topic: string): Group {
    let group = this.groups.get(name);
    if (group === undefined) {
      group = { topic, generation: 0, committed: new Array<number>(this.partitions).fill(0), members: [], owners: [] };
      this.groups.set(name, group);
    }
    return group;
  }
}

export class Member {
  private generation = -1;
  private readonly positions = new Map<number, number>();

  constructor(
    private readonly kafka: SimKafka,
    private readonly group: Group,
    private readonly process: () => Process,
  ) {}

  wake(): void {
    this.kafka.scheduler.wake(this.process());
  }

  /** Records of all partitions of this member, in order; sleeps while there are none. */
  *poll(max: number): Steps<Batch> {
    for (;;) {
      yield this.kafka.disturbance.latency();
      this.takePartitions();
      const records: SimRecord[] = [];
      const upTo = new Map<number, number>();
      const partitions = this.kafka.partitionsOf(this.group.topic);
      for (const [index, position] of this.positions) {
        const some = partitions[index]?.records.slice(position, position + max - records.length) ?? [];
        if (some.length === 0) continue;
        records.push(...some);
        upTo.set(index, position + some.length);
        this.positions.set(index, position + some.length);
      }
      if (records.length > 0) return { records, upTo };
      yield 'asleep';
    }
  }

  /** The batch was handled. A member that was thrown out meanwhile commits nothing. */
  *commit({ upTo }: Batch): Steps {
    yield this.kafka.disturbance.latency();
    if (this.kafka.disturbance.hits('offsetsFail') || this.generation !== this.group.generation) return;
    for (const [index, offset] of upTo) this.group.committed[index] = Math.max(this.group.committed[index] ?? 0, offset);
  }

  /** The batch was not handled: it comes again. */
  rewind(): void {
    this.generation = -1;
  }

  private takePartitions(): void {
    if (this.generation === this.group.generation) return;
    this.generation = this.group.generation;
    this.positions.clear();
    this.group.owners.forEach((owner, index) => {
      if (owner === this) this.positions.set(index, this.group.committed[index] ?? 0);
    });
  }
}
