import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { PRODUCER_LIMITS, topicNames, type Topics } from '@flows/contracts';
import { createKafkaDriver, type KafkaDriver, type KafkaProducerPort } from '@flows/kafka';
import { createPool } from '@flows/postgres';
import type { ServiceContext } from '@flows/service-kit';
import type pg from 'pg';
import { DecisionStore } from './decisions/decision.store.js';
import { EventBatchProcessor } from './event-batch.processor.js';
import { EventsConsumer } from './events.consumer.js';
import { EventIntake } from './intake/event.intake.js';
import { WorkspaceDirectory } from './intake/workspace.directory.js';
import { EventMailbox } from './mailbox/event.mailbox.js';
import { MailboxSweeper } from './mailbox/mailbox.sweeper.js';
import type { TriggerListenerConfig } from './trigger-listener.config.js';
import { DRIVER, ENGINE_POOL, PRODUCER, TOPICS } from './trigger-listener.tokens.js';
import { LastFiredRecorder } from './triggers/last-fired.recorder.js';
import { TriggerDirectory } from './triggers/trigger.directory.js';
import { TriggerRefresher } from './triggers/trigger.refresher.js';
import { TriggerStore } from './triggers/trigger.store.js';
import { WorkflowCatalogue } from './workflows/workflow.catalogue.js';

@Module({})
export class TriggerListenerModule {
  static register(context: ServiceContext<TriggerListenerConfig>): DynamicModule {
    return {
      module: TriggerListenerModule,
      controllers: [EventsConsumer],
      providers: [...connections(context), ...parts(context)],
    };
  }
}

function connections({ config, logger }: ServiceContext<TriggerListenerConfig>): FactoryProvider[] {
  return [
    {
      provide: ENGINE_POOL,
      useFactory: () =>
        createPool({
          url: config.databaseUrl,
          role: 'engine',
          max: config.databasePoolSize,
          applicationName: 'trigger-listener',
          // A batch joins its own list with large tables by their keys; without statistics the planner may prefer to read them whole.
          settings: { enable_hashjoin: 'off', enable_mergejoin: 'off' },
          onError: (error) => logger.warn({ err: error }, 'an idle database connection broke'),
        }),
    },
    {
      provide: DRIVER,
      useFactory: () =>
        createKafkaDriver({ brokers: config.kafkaBrokers, clientId: `trigger-listener-${config.instanceId}`, logger }),
    },
    // An event of the largest size taken, its payload, and what the request says besides.
    {
      provide: PRODUCER,
      useFactory: (driver: KafkaDriver) => driver.producer(PRODUCER_LIMITS),
      inject: [DRIVER],
    },
    { provide: TOPICS, useFactory: () => topicNames(config.kafkaTopicPrefix) },
  ];
}

function parts({ logger }: ServiceContext<TriggerListenerConfig>): FactoryProvider[] {
  return [
    { provide: TriggerStore, useFactory: (pool: pg.Pool) => new TriggerStore(pool), inject: [ENGINE_POOL] },
    { provide: TriggerDirectory, useFactory: (store: TriggerStore) => new TriggerDirectory(store), inject: [TriggerStore] },
    {
      provide: TriggerRefresher,
      useFactory: (directory: TriggerDirectory, store: TriggerStore) => new TriggerRefresher(directory, store, logger),
      inject: [TriggerDirectory, TriggerStore],
    },
    {
      provide: LastFiredRecorder,
      useFactory: (store: TriggerStore) => new LastFiredRecorder(store, logger),
      inject: [TriggerStore],
    },
    { provide: MailboxSweeper, useFactory: (pool: pg.Pool) => new MailboxSweeper(pool, logger), inject: [ENGINE_POOL] },
    {
      provide: EventBatchProcessor,
      useFactory: (
        pool: pg.Pool,
        producer: KafkaProducerPort,
        topics: Topics,
        triggers: TriggerDirectory,
        lastFired: LastFiredRecorder,
      ) =>
        new EventBatchProcessor({
          intake: new EventIntake(new WorkspaceDirectory(pool), topics),
          triggers,
          workflows: new WorkflowCatalogue(pool),
          decisions: new DecisionStore(pool),
          mailbox: new EventMailbox(pool, topics),
          lastFired,
          producer,
          topics,
        }),
      inject: [ENGINE_POOL, PRODUCER, TOPICS, TriggerDirectory, LastFiredRecorder],
    },
  ];
}
