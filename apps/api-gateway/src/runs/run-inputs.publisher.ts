import { Inject, Injectable } from '@nestjs/common';
import { runInputMessage, type RunInput, type Topics } from '@flows/contracts';
import { KafkaError, type KafkaProducerPort } from '@flows/kafka';
import { ApiProblem } from '../http/api-problem.js';
import { KAFKA_PRODUCER, TOPICS } from '../kafka/kafka.tokens.js';

/** `ce_source` of what the gateway sends. */
export const SOURCE = '/flows/api-gateway';

export interface TracedInput {
  input: RunInput;
  traceparent: string | undefined;
}

/**
 * Hands inputs to the one writer of runs, and waits until the broker has them: unlike a run, which a sweep publishes, a control that
 * got lost is known to nobody else.
 */
@Injectable()
export class RunInputsPublisher {
  constructor(
    @Inject(KAFKA_PRODUCER) private readonly producer: KafkaProducerPort,
    @Inject(TOPICS) private readonly topics: Topics,
  ) {}

  /** @throws ApiProblem `unavailable` when the broker does not take them; some of them may have got through nevertheless. */
  async publish(inputs: readonly TracedInput[]): Promise<void> {
    if (inputs.length === 0) return;
    try {
      await this.producer.publish(
        inputs.map(({ input, traceparent }) => runInputMessage(this.topics, input, SOURCE, traceparent)),
      );
    } catch (error) {
      if (!(error instanceof KafkaError) || error.code === 'message_too_large') throw error;
      throw new ApiProblem('unavailable', 'The message broker does not answer; try again', { headers: { 'retry-after': '1' } });
    }
  }
}
