import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { topicNames, type StepPool } from '@flows/contracts';
import { BatchPattern, type KafkaBatch } from '@flows/kafka';
import { SERVICE_CONFIG } from '@flows/service-kit';
import { CommandProcessor } from '../attempts/command.processor.js';
import type { StepExecutorConfig } from '../step-executor.config.js';
import { DeadLetters } from './dead-letters.js';
import { PoolIntake } from './pool.intake.js';

/** What serves a pool: a topic and a group of its own, so that pools scale apart and a slow one delays no other. */
export const handlerOf = (pool: StepPool) => ({ group: `flows.step-executor.${pool}`, topic: topicNames().stepCommands(pool) });

/** Partitions wait for slots side by side. Small fetches keep the memory of what waits small. */
const intake = { partitionsConcurrently: 32, maxBytesPerPartition: 256 * 1024 };

@Controller()
export class AgentCommandsConsumer {
  private readonly intake: PoolIntake;

  constructor(processor: CommandProcessor, deadLetters: DeadLetters, @Inject(SERVICE_CONFIG) config: StepExecutorConfig) {
    this.intake = new PoolIntake(config.agentConcurrency, processor, deadLetters);
  }

  @BatchPattern({ ...handlerOf('agent'), ...intake })
  async onBatch(@Payload() batch: KafkaBatch): Promise<void> {
    await this.intake.take(batch);
  }
}

@Controller()
export class ConnectorCommandsConsumer {
  private readonly intake: PoolIntake;

  constructor(processor: CommandProcessor, deadLetters: DeadLetters, @Inject(SERVICE_CONFIG) config: StepExecutorConfig) {
    this.intake = new PoolIntake(config.connectorConcurrency, processor, deadLetters);
  }

  @BatchPattern({ ...handlerOf('connector'), ...intake })
  async onBatch(@Payload() batch: KafkaBatch): Promise<void> {
    await this.intake.take(batch);
  }
}

export const CONSUMERS = { agent: AgentCommandsConsumer, connector: ConnectorCommandsConsumer } as const satisfies Record<
  StepPool,
  unknown
>;
