import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { topicNames } from '@flows/contracts';
import { BatchPattern, type KafkaBatch } from '@flows/kafka';
import { EventBatchProcessor } from './event-batch.processor.js';

const { crmEvents, connectorEvents } = topicNames();
const GROUP = 'flows.trigger-listener';
/** Events of one transaction: bounds memory and the time for which a commit locks its rows. */
const EVENTS_PER_TRANSACTION = 1_000;

export const EVENTS = [crmEvents, connectorEvents].map((topic) => ({ group: GROUP, topic }));

/** Events of both topics; batches of several partitions become one commit. */
@Controller()
export class EventsConsumer {
  constructor(private readonly processor: EventBatchProcessor) {}

  /** Throws only when the infrastructure fails: what is not resolved then comes again. */
  @BatchPattern({ topic: [crmEvents, connectorEvents], group: GROUP, combine: true, maxBytesPerPartition: 256 * 1024 })
  async onBatches(@Payload() batches: readonly KafkaBatch[]): Promise<void> {
    const records = batches.flatMap((batch) => batch.messages.map((message) => ({ batch, message })));
    for (let from = 0; from < records.length; from += EVENTS_PER_TRANSACTION) {
      const taken = records.slice(from, from + EVENTS_PER_TRANSACTION);
      await this.processor.process(taken.map(({ message }) => message));
      // In offset order per partition: the last one of each is what counts.
      for (const { batch, message } of taken) batch.resolve(message.offset);
    }
  }
}
