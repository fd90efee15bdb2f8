import { Inject, Injectable } from '@nestjs/common';
import { isUuid } from '@flows/contracts';
import { deadLetter, type KafkaMessage, type KafkaProducerPort } from '@flows/kafka';
import { insertDeadLetters } from '@flows/postgres';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type pg from 'pg';
import { ENGINE_POOL, PRODUCER } from '../step-executor.tokens.js';

/** Puts aside what can never be a command: in the table, where people see it, and in the topic, from where it can be replayed. */
@Injectable()
export class DeadLetters {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(PRODUCER) private readonly producer: KafkaProducerPort,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Idempotent in the table. Throws when database or broker fail. */
  async add(message: KafkaMessage, code: string, detail: string): Promise<void> {
    const { topic, partition, offset, key, value, headers } = message;
    this.logger.warn({ topic, partition, offset, code, detail }, 'a message is no step command and goes to the dead letters');
    const workspace = headers['ce_workspaceid'];
    const workspaceId = workspace !== undefined && isUuid(workspace) ? workspace : null;
    await insertDeadLetters(this.pool, [{ topic, partition, offset, workspaceId, key, value, headers, code, detail }]);
    await deadLetter(this.producer, message, { code, detail, attempts: 1 });
  }
}
