import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { runInputMessage, type Topics } from '@flows/contracts';
import type { KafkaDriver, KafkaProducerPort } from '@flows/kafka';
import type { QueuedRun } from '@flows/postgres';
import { failpoint, SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { KAFKA_DRIVER, KAFKA_PRODUCER, TOPICS } from '../kafka/kafka.tokens.js';
import type { AcceptedRun } from './run-intake.js';
import { SOURCE } from './run-inputs.publisher.js';

/** Messages that may wait for a broker. Past it nothing is given to the producer any more: the queued rows wait for the sweep instead. */
const MAX_PENDING = 20_000;

/**
 * Tells the orchestrator of runs that are already durable and may start; the others wait in their rows for its admitter. Never fails
 * and is not waited for by requests: a message that does not get through is published by the orchestrator's sweep, some seconds later.
 */
@Injectable()
export class RunRequestsPublisher implements OnApplicationShutdown {
  private pending = 0;

  constructor(
    @Inject(KAFKA_PRODUCER) private readonly producer: KafkaProducerPort,
    @Inject(KAFKA_DRIVER) private readonly driver: KafkaDriver,
    @Inject(TOPICS) private readonly topics: Topics,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  publish(accepted: readonly AcceptedRun[]): void {
    const runs = accepted.filter(({ admitted }) => admitted).map(({ queued }) => queued);
    if (runs.length === 0) return;
    if (this.pending + runs.length > MAX_PENDING) {
      this.logger.warn(
        { runs: runs.length, pending: this.pending },
        'the broker is too far behind; these runs are left to the sweep',
      );
      return;
    }
    this.pending += runs.length;
    this.send(runs)
      .catch((error: unknown) =>
        this.logger.error({ err: error, runs: runs.length }, 'run requests were not published; the sweep will publish them'),
      )
      .finally(() => (this.pending -= runs.length));
  }

  /** After the server has stopped: what was published is flushed. */
  async onApplicationShutdown(): Promise<void> {
    await this.producer.close();
    await this.driver.close();
  }

  private async send(runs: readonly QueuedRun[]): Promise<void> {
    await failpoint('gateway.after_insert_before_publish');
    await this.producer.publish(
      runs.map(({ request, traceparent }) => runInputMessage(this.topics, request, SOURCE, traceparent)),
    );
  }
}
