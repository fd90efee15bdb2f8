import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { topicNames } from '@flows/contracts';
import { BatchPattern, type KafkaBatch } from '@flows/kafka';
import { RunInputsHandler } from './run-inputs.handler.js';

export const RUN_INPUTS = { group: 'flows.orchestrator', topic: topicNames().runInputs };

/** All that reaches runs, from one topic: batches of several partitions become one commit. */
@Controller()
export class RunInputsConsumer {
  constructor(private readonly handler: RunInputsHandler) {}

  @BatchPattern({ ...RUN_INPUTS, combine: true, maxBytesPerPartition: 256 * 1024 })
  async onBatches(@Payload() batches: readonly KafkaBatch[]): Promise<void> {
    await this.handler.handle(batches);
  }
}
