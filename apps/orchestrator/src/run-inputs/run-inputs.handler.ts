import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Topics } from '@flows/contracts';
import { toDeadLetter, type KafkaBatch, type KafkaMessage, type KafkaProducerPort } from '@flows/kafka';
import { insertDeadLetters } from '@flows/postgres';
import { failpoint, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { ENGINE_POOL, PRODUCER, TOPICS } from '../orchestrator.tokens.js';
import { AfterCommit } from '../after-commit/after-commit.js';
import { fitMessages } from '../publish/fit-messages.js';
import { outgoingMessages } from '../publish/outgoing-messages.js';
import { RunBatchProcessor } from '../runs/run-batch.processor.js';
import type { ArrivedInput } from '../runs/fold-run.js';
import { decodeInput } from './decode-input.js';

interface Undeliverable {
  message: KafkaMessage;
  workspaceId: string | null;
  code: string;
  detail: string;
}

/**
 * The path of a batch: decode each record alone → fold and commit → publish → resolve offsets. A crash at any point between
 * these makes the batch come again, and what was done is recognised and published again.
 */
@Injectable()
export class RunInputsHandler {
  constructor(
    private readonly processor: RunBatchProcessor,
    private readonly afterCommit: AfterCommit,
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    @Inject(PRODUCER) private readonly producer: KafkaProducerPort,
    @Inject(TOPICS) private readonly topics: Topics,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Takes the batches of several partitions into one commit. Throws only when the infrastructure fails: then all of it comes again. */
  async handle(batches: readonly KafkaBatch[]): Promise<void> {
    await failpoint('orchestrator.before_fold');
    const arrived: ArrivedInput[] = [];
    const undeliverable: Undeliverable[] = [];
    for (const batch of batches) {
      for (const message of batch.messages) {
        const decoded = decodeInput(message);
        if (decoded.ok) arrived.push(decoded.arrived);
        else undeliverable.push({ message, workspaceId: null, code: decoded.code, detail: decoded.detail });
      }
    }
    const { consequences, refused } = await this.processor.process(arrived);
    for (const { arrived: input, code, detail } of refused) {
      undeliverable.push({ message: input.message, workspaceId: input.input.workspace_id, code, detail });
    }
    await failpoint('orchestrator.after_commit_before_publish');
    if (undeliverable.length > 0) await this.keep(undeliverable);
    const followUps = await this.afterCommit.carryOut(consequences);
    const outgoing = [...outgoingMessages(consequences, this.topics), ...followUps];
    for (const letter of undeliverable)
      outgoing.push(toDeadLetter(letter.message, { code: letter.code, detail: letter.detail, attempts: 1 }));
    const { messages, refused: tooLarge } = fitMessages(outgoing, this.topics.runEvents);
    for (const { topic, key } of tooLarge)
      this.logger.error({ topic, key }, 'a message is larger than any record may be, which is a bug: it is not published');
    if (messages.length > 0) await this.producer.publish(messages);
    await failpoint('orchestrator.after_publish_before_offsets');
    for (const batch of batches) {
      const last = batch.messages.at(-1);
      if (last !== undefined) batch.resolve(last.offset);
    }
  }

  private async keep(letters: readonly Undeliverable[]): Promise<void> {
    await insertDeadLetters(
      this.pool,
      letters.map(({ message, ...reason }) => ({
        ...reason,
        topic: message.topic,
        partition: message.partition,
        offset: message.offset,
        key: message.key,
        value: message.value,
        headers: message.headers,
      })),
    );
  }
}
