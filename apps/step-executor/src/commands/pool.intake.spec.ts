import { afterEach, describe, expect, it } from '@jest/globals';
import type { KafkaBatch, KafkaMessage } from '@flows/kafka';
import { eventually } from '@flows/testkit';
import { v7 } from 'uuid';
import { commandOf } from '../../test/command.builder.js';
import type { CommandProcessor } from '../attempts/command.processor.js';
import type { DeadLetters } from './dead-letters.js';
import type { DeliveredCommand } from './delivered-command.js';
import { PoolIntake } from './pool.intake.js';

/** Stands for the processor: what is started, in order, ends when the test says so. */
class Processor {
  isDraining = false;
  readonly started: DeliveredCommand[] = [];
  private drained = Promise.withResolvers<void>();
  start(delivered: DeliveredCommand): void {
    this.started.push(delivered);
  }
  whenDrained(): Promise<void> {
    return this.drained.promise;
  }
  drain(): void {
    this.isDraining = true;
    this.drained.resolve();
  }
  end(delivered: DeliveredCommand): void {
    delivered.turn.finish();
    delivered.slots.giveBack();
  }
}

const [greedy, modest] = [v7(), v7()];
const commands = new Map(
  [greedy, modest].map((workspaceId) => [
    workspaceId,
    commandOf({ workspaceId, work: { kind: 'connector', connection: 'c', action: 'a' } }),
  ]),
);
const messageOf = (workspaceId: string, offset: number): KafkaMessage =>
  ({
    topic: 't',
    partition: 0,
    offset: String(offset),
    key: null,
    headers: { ce_workspaceid: workspaceId },
    value: Buffer.from(JSON.stringify({ ...commands.get(workspaceId), id: `attempt ${offset}` })),
  }) as unknown as KafkaMessage;

class Partition {
  readonly resolved: number[] = [];
  stale = false;
  private end = 0;
  constructor(readonly partition = 0) {}
  batch(workspaceId: string, count: number): KafkaBatch {
    const messages = Array.from({ length: count }, () => messageOf(workspaceId, this.end++));
    return this.deliver(messages);
  }
  deliver(messages: readonly KafkaMessage[]): KafkaBatch {
    return {
      partition: this.partition,
      messages,
      isStale: () => this.stale,
      heartbeat: async () => undefined,
      resolve: (offset: string) => this.resolved.push(Number(offset)),
    } as unknown as KafkaBatch;
  }
}

const processors: Processor[] = [];
/** What is read ahead waits for a slot; with the process it ends. */
afterEach(() => processors.splice(0).forEach((processor) => processor.drain()));
const intakeOf = (slots: number, deadLetters: Partial<DeadLetters> = {}) => {
  const processor = new Processor();
  processors.push(processor);
  const intake = new PoolIntake(slots, processor as unknown as CommandProcessor, deadLetters as DeadLetters);
  return { processor, intake };
};

describe('PoolIntake', () => {
  it('starts what finds a slot at once', async () => {
    const { processor, intake } = intakeOf(8);
    await intake.take(new Partition().batch(greedy, 5));
    expect(processor.started).toHaveLength(5);
  });

  it('lets a workspace behind ten thousand commands of another in after a turn of a slot', async () => {
    const { processor, intake } = intakeOf(4);
    const partition = new Partition();
    for (let n = 0; n < 20; n += 1) await intake.take(partition.batch(greedy, 500));
    await intake.take(partition.batch(modest, 3));
    expect(processor.started).toHaveLength(4);
    const first = processor.started.findIndex(({ command }) => command.workspace_id === modest);
    expect(first).toBe(-1);
    for (let ended = 0; processor.started.filter(({ command }) => command.workspace_id === modest).length < 3; ended += 1) {
      await eventually(() => processor.started.length > ended);
      processor.end(processor.started[ended]!);
      await eventually(() => processor.started.length === ended + 5);
    }
    expect(processor.started.length).toBeLessThanOrEqual(4 + 3 * 2);
  });

  it('resolves offsets up to the oldest open one only, whatever the order of starting', async () => {
    const { processor, intake } = intakeOf(1);
    const partition = new Partition();
    await intake.take(partition.batch(greedy, 3));
    await intake.take(partition.batch(modest, 1));
    for (let ended = 0; ended < 4; ended += 1) {
      await eventually(() => processor.started.length === ended + 1);
      processor.end(processor.started[ended]!);
    }
    // Started: greedy 0, greedy 1, modest 3, greedy 2.
    expect(processor.started.map(({ command }) => command.workspace_id)).toEqual([greedy, greedy, modest, greedy]);
    expect(partition.resolved).toEqual([0, 1, 3]);
  });

  it('stops reading when it has read far enough ahead, and goes on when there is room', async () => {
    const { processor, intake } = intakeOf(1);
    const partition = new Partition();
    let taken = false;
    void intake.take(partition.batch(greedy, 16_384 + 100)).then(() => (taken = true));
    await eventually(() => processor.started.length === 1);
    expect(taken).toBe(false);
    for (let ended = 0; ended < 110; ended += 1) {
      await eventually(() => processor.started.length === ended + 1);
      processor.end(processor.started[ended]!);
    }
    await eventually(() => taken);
  });

  it('starts nothing that was handed out anew, or is lost', async () => {
    const { processor, intake } = intakeOf(1);
    const partition = new Partition();
    const batch = partition.batch(greedy, 3);
    await intake.take(batch);
    await intake.take(partition.deliver(batch.messages));
    processor.end(processor.started[0]!);
    // Of the old delivery only what had begun; then the new one from its beginning.
    await eventually(() => processor.started.length === 2);
    expect(processor.started[1]!.command.id).toBe(processor.started[0]!.command.id);
    partition.stale = true;
    processor.end(processor.started[1]!);
    await eventually(() => intake.slots.taken === 0);
    expect(processor.started).toHaveLength(2);
  });

  it('starts nothing more once the process drains', async () => {
    const { processor, intake } = intakeOf(1);
    const partition = new Partition();
    await intake.take(partition.batch(greedy, 3));
    processor.drain();
    processor.end(processor.started[0]!);
    await eventually(() => intake.slots.taken === 0);
    expect(processor.started).toHaveLength(1);
    expect(partition.resolved).toEqual([0]);
  });

  it('puts what is no command aside, also from what was read ahead, and tries again when that fails', async () => {
    const kept: string[] = [];
    let fails = 1;
    const add = async ({ offset }: KafkaMessage): Promise<void> => {
      if ((fails -= 1) >= 0) throw new Error('the database is gone');
      kept.push(offset);
    };
    const { processor, intake } = intakeOf(1, { add });
    const partition = new Partition();
    await intake.take(partition.batch(greedy, 1));
    const [broken] = partition.batch(modest, 1).messages;
    await intake.take(partition.deliver([{ ...broken!, value: Buffer.from('no json') }]));
    processor.end(processor.started[0]!);
    await eventually(() => kept.length === 1);
    await eventually(() => partition.resolved.at(-1) === 1);
  });
});
