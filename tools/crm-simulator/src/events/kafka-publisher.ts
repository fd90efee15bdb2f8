/**
 * Owns the Kafka producer of one topic. A plain producer that knows nothing of who listens: structured CloudEvents,
 * keyed by subject, so that events of one lead keep their order. Refuses to create topics.
 */
import { Kafka, Partitioners, logLevel, type Producer } from 'kafkajs';
import type { CloudEvent } from './crm-event.js';
import type { EventPublisher } from './event-publisher.js';
import { stopIdleRequestTimer } from './kafkajs-idle-timer.js';

const ALL_REPLICAS = -1;

export class KafkaPublisher implements EventPublisher {
  private readonly kafka: Kafka;
  private producer: Promise<Producer> | undefined;

  constructor(
    brokers: readonly string[],
    private readonly topic: string,
  ) {
    stopIdleRequestTimer();
    this.kafka = new Kafka({
      clientId: 'crm-simulator',
      brokers: [...brokers],
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
      // Short, since the outbox tries again for ever: what matters here is to notice soon and to stop soon.
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
      // Failures reach the outbox as errors and are told there, once per outage.
      logLevel: logLevel.NOTHING,
    });
  }

  async publish(events: readonly CloudEvent[]): Promise<void> {
    this.producer ??= this.connect();
    try {
      const producer = await this.producer;
      await producer.send({
        topic: this.topic,
        acks: ALL_REPLICAS,
        messages: events.map((event) => ({
          key: event.subject,
          value: JSON.stringify(event),
          headers: { 'content-type': 'application/cloudevents+json' },
        })),
      });
    } catch (error) {
      // A producer that failed once may hold dead connections and old metadata: the next try starts with a fresh one.
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const closing = this.producer;
    this.producer = undefined;
    const producer = await closing?.catch(() => undefined);
    await producer?.disconnect();
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    return producer;
  }
}
