import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { ConsumerHealth, KafkaBatch, KafkaDriver, KafkaSubscription } from '../kafka-driver.port.js';
import { BatchCombiner } from './batch-combiner.js';
import { KAFKA_BATCH_TRANSPORT } from './batch-pattern.decorator.js';
import { KafkaBatchContext } from './kafka-batch.context.js';
import { planConsumers, type ExpectedHandler, type PlannedConsumer, type PlannedRoute } from './subscription-plan.js';

export interface KafkaBatchServerOptions {
  driver: KafkaDriver;
  /** A consumer is dead for good: end the process. */
  onFatal(error: Error): void;
  /** What this process has to serve; booting fails when a handler is missing. */
  expects?: readonly ExpectedHandler[];
  /** Maps the topic of a `@BatchPattern` to the topics in use, e.g. to add a prefix. */
  resolveTopics?(declared: string): string | readonly string[];
  resolveGroup?(declared: string): string;
  /** Waits for work that outlives its handler, before the last commit of a stop. See `ConsumeOptions.drain`. */
  drain?(group: string): Promise<void>;
}

/**
 * Brings whole batches into Nest: `app.connectMicroservice({ strategy: new KafkaBatchServer({ driver, onFatal }) })`. Owns one consumer per
 * group, started by `startAllMicroservices()` and stopped by `app.close()`; the driver stays open for its owner. Nest's own Kafka server
 * hands over single messages, guesses their encoding and commits what nobody handled.
 *
 * `app.close()` stops the consumers after `onModuleDestroy` and `beforeApplicationShutdown`, before `onApplicationShutdown`: what handlers
 * need has to live until the latter.
 */
export class KafkaBatchServer extends Server implements CustomTransportStrategy {
  override readonly transportId = KAFKA_BATCH_TRANSPORT;
  override readonly propagatesEventHandlerErrors = true;
  private readonly subscriptions: KafkaSubscription[] = [];
  private readonly closing = new AbortController();

  constructor(private readonly options: KafkaBatchServerOptions) {
    super();
  }

  /** Resolves when every group is joined. Hands the callback an error that lists all problems when handlers and topics do not match. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.subscribeAll();
    } catch (error) {
      await this.close();
      return callback(error);
    }
    callback();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }

  /** Per group, once it has joined; for readiness and liveness probes. */
  health(): Record<string, ConsumerHealth> {
    return Object.fromEntries(this.subscriptions.map((subscription) => [subscription.group, subscription.health()]));
  }

  override on(): never {
    throw new Error('KafkaBatchServer emits no events: use health().');
  }

  override unwrap<T>(): T {
    return this.options.driver as T;
  }

  private async subscribeAll(): Promise<void> {
    const { resolveTopics, resolveGroup } = this.options;
    const names = {
      group: (declared: string) => resolveGroup?.(declared) ?? declared,
      topics: (declared: string) => [resolveTopics?.(declared) ?? declared].flat(),
    };
    const { consumers, problems } = planConsumers(this.messageHandlers, names, this.options.expects);
    if (problems.length > 0) throw new Error(`Kafka handlers do not fit together:\n- ${problems.join('\n- ')}`);
    await Promise.all(consumers.map(async (consumer) => this.subscriptions.push(await this.subscribe(consumer))));
  }

  private subscribe(consumer: PlannedConsumer): Promise<KafkaSubscription> {
    const { group, topics, partitionsConcurrently, maxBytesPerPartition, maxWaitMs, routes } = consumer;
    const { driver, onFatal, drain } = this.options;
    const byTopic = new Map(
      routes.flatMap((route) => {
        const deliver = this.deliverTo(group, route);
        return route.topics.map((topic) => [topic, deliver] as const);
      }),
    );
    return driver.consume({
      group,
      topics,
      partitionsConcurrently,
      maxBytesPerPartition,
      maxWaitMs,
      onFatal,
      signal: this.closing.signal,
      onBatch: (batch) => byTopic.get(batch.topic)!(batch),
      ...(drain ? { drain: () => drain(group) } : {}),
    });
  }

  private deliverTo(group: string, route: PlannedRoute): (batch: KafkaBatch) => Promise<void> {
    const context = new KafkaBatchContext([group, route.topics]);
    if (!route.combine) return (batch) => this.call(route, batch, context);
    const combiner = new BatchCombiner((batches) => this.call(route, batches, context));
    return (batch) => combiner.add(batch);
  }

  private call(route: PlannedRoute, payload: KafkaBatch | readonly KafkaBatch[], context: KafkaBatchContext): Promise<void> {
    return new Promise((resolve, reject) => {
      // What a hook returns is up to whoever set it, so the outcome is taken from the handler itself.
      this.runWithProcessingHooks(context, async (ended) => {
        await this.settle(route, payload, context).then(resolve, reject);
        ended();
      });
    });
  }

  /** Rejects with what the handler threw, be it by promise or by observable; an empty observable is a success. */
  private async settle(
    { handler }: PlannedRoute,
    payload: KafkaBatch | readonly KafkaBatch[],
    context: KafkaBatchContext,
  ): Promise<void> {
    await lastValueFrom(this.transformToObservable(handler(payload, context)), { defaultValue: undefined });
  }
}
