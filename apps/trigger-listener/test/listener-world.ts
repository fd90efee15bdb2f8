import { topicSpecs, type EventReceived, type RunRequested, type Topics } from '@flows/contracts';
import {
  createKafkaDriver,
  KafkaBatchServer,
  silentLogger,
  type KafkaDriver,
  type KafkaMessage,
  type KafkaProducerPort,
  type OutgoingMessage,
} from '@flows/kafka';
import { createLogger } from '@flows/service-kit';
import { createTestDatabase, eventually, testKafka, type TestDatabase } from '@flows/testkit';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type pg from 'pg';
import { v7 } from 'uuid';
import { EventBatchProcessor } from '../src/event-batch.processor.js';
import { EVENTS } from '../src/events.consumer.js';
import { readTriggerListenerConfig } from '../src/trigger-listener.config.js';
import { TriggerListenerModule } from '../src/trigger-listener.module.js';
import { DRIVER, ENGINE_POOL, PRODUCER } from '../src/trigger-listener.tokens.js';
import { LastFiredRecorder } from '../src/triggers/last-fired.recorder.js';

export interface Listener {
  processor: EventBatchProcessor;
  lastFired: LastFiredRecorder;
  stop(): Promise<void>;
}
export interface DecisionRow {
  trigger_id: string;
  event_id: string;
  verdict: string;
  reason: string;
  details: Record<string, unknown>;
  run_id: string | null;
  duplicates: number;
}
export interface SeedTrigger {
  type?: 'crm_event' | 'connector_event';
  eventType?: string;
  enabled?: boolean;
  source?: string;
  filter?: string;
  mapping?: unknown;
}

/** A real database, a real broker with the topics of one installation, and listeners in this process. */
export class ListenerWorld {
  readonly requests: { request: RunRequested; message: KafkaMessage }[] = [];
  /** `event.received` inputs, in the order of their arrival. */
  readonly deliveries: { input: EventReceived; message: KafkaMessage }[] = [];
  readonly deadLetters: KafkaMessage[] = [];
  private readonly listeners: Listener[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly topics: Topics,
    private readonly env: Record<string, string>,
    private readonly driver: KafkaDriver,
    private readonly producer: KafkaProducerPort,
  ) {}

  static async open(): Promise<ListenerWorld> {
    const { brokers, topicPrefix, topics } = testKafka();
    const database = await createTestDatabase({ label: 'listener' });
    const driver = createKafkaDriver({ brokers, clientId: 'listener-test', logger: silentLogger });
    await driver.ensureTopics(topicSpecs(topics, 3));
    const env = { DATABASE_URL: database.url, KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC_PREFIX: topicPrefix };
    const world = new ListenerWorld(database, topics, env, driver, await driver.producer({ maxMessageBytes: 4_000_000 }));
    await world.watch(topics.runInputs, (message) => {
      const input = JSON.parse(String(message.value)) as RunRequested | EventReceived;
      if (input.type === 'event.received') world.deliveries.push({ message, input });
      else world.requests.push({ message, request: input });
    });
    await world.watch(topics.deadLetters(topics.crmEvents), (message) => world.deadLetters.push(message));
    return world;
  }

  async close(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.stop()));
    await this.driver.close();
    await this.database.close();
  }

  /** A replica of the service, without the process round it. */
  async startListener({ consuming = true } = {}): Promise<Listener> {
    const config = readTriggerListenerConfig(this.env);
    const logger = createLogger({ service: 'trigger-listener', level: 'silent' });
    const resolve = (declared: string): string => `${config.kafkaTopicPrefix}${declared}`;
    const app = await NestFactory.create(TriggerListenerModule.register({ config, logger }), new FastifyAdapter(), {
      logger: ['error'],
      abortOnError: false,
    });
    if (consuming) {
      const onFatal = (error: Error): never => {
        throw error;
      };
      app.connectMicroservice({
        strategy: new KafkaBatchServer({
          driver: app.get(DRIVER),
          expects: EVENTS,
          onFatal,
          resolveTopics: resolve,
          resolveGroup: resolve,
        }),
      });
      await app.startAllMicroservices();
    }
    let stopped: Promise<void> | undefined;
    const listener: Listener = {
      processor: app.get(EventBatchProcessor),
      lastFired: app.get(LastFiredRecorder),
      stop: () =>
        (stopped ??= stopParts(
          app.close(),
          app.get(LastFiredRecorder),
          app.get(PRODUCER),
          app.get(DRIVER),
          app.get(ENGINE_POOL),
        )),
    };
    this.listeners.push(listener);
    return listener;
  }

  publish(...messages: (Omit<OutgoingMessage, 'topic' | 'key'> & { topic?: string; key?: string | null })[]): Promise<void> {
    return this.producer.publish(messages.map((message) => ({ topic: this.topics.crmEvents, key: null, ...message })));
  }

  async seedWorkspace(): Promise<string> {
    const id = v7();
    await this.database.query("insert into workspaces (id, name) values ($1, 'test')", [id]);
    return id;
  }

  /** An active workflow with a published version 1. */
  async seedWorkflow(workspaceId: string, definition: object = {}): Promise<string> {
    const id = v7();
    await this.database.query(
      "insert into workflows (id, workspace_id, name, status, current_version) values ($1, $2, 'flow', 'active', 1)",
      [id, workspaceId],
    );
    await this.publishVersion(workspaceId, id, 1, definition);
    return id;
  }

  async publishVersion(workspaceId: string, workflowId: string, number: number, definition: object): Promise<void> {
    const insert =
      "insert into workflow_versions (id, workspace_id, workflow_id, number, status, definition) values ($1, $2, $3, $4, 'published', $5)";
    await this.database.query(insert, [
      v7(),
      workspaceId,
      workflowId,
      number,
      JSON.stringify({ graph: { steps: [], edges: [] }, ...definition }),
    ]);
    await this.database.query('update workflows set current_version = $2 where id = $1', [workflowId, number]);
  }

  async seedTrigger(workspaceId: string, workflowId: string, seed: SeedTrigger = {}): Promise<string> {
    const id = v7();
    await this.database.query(
      `insert into triggers (id, workspace_id, workflow_id, name, type, event_type, enabled, source, filter, mapping)
       values ($1, $2, $3, 'trigger', $4, $5, $6, $7, $8, $9)`,
      [
        id,
        workspaceId,
        workflowId,
        seed.type ?? 'crm_event',
        seed.eventType ?? 'lead.created',
        seed.enabled ?? true,
        seed.source ?? null,
        seed.filter ?? null,
        seed.mapping === undefined ? null : JSON.stringify(seed.mapping),
      ],
    );
    return id;
  }

  decisionsOf(triggerId: string): Promise<DecisionRow[]> {
    return this.database.query<DecisionRow & pg.QueryResultRow>(
      'select * from decisions where trigger_id = $1 order by event_id',
      [triggerId],
    );
  }

  runsOf(triggerId: string): Promise<Record<string, unknown>[]> {
    return this.database.query('select * from runs where trigger_id = $1 order by event_id', [triggerId]);
  }

  decision(triggerId: string, eventId: string): Promise<DecisionRow> {
    const what = `a decision on ${eventId}`;
    return eventually(async () => (await this.decisionsOf(triggerId)).find((row) => row.event_id === eventId), { what });
  }

  /** The first run request of the trigger, once it is on its topic. */
  requestOf(triggerId: string): Promise<RunRequested> {
    return eventually(() => this.requestsOf(triggerId)[0], { what: 'a run request' });
  }

  requestsOf(triggerId: string): RunRequested[] {
    return this.requests.map(({ request }) => request).filter((request) => request.trigger.trigger_id === triggerId);
  }

  private watch(topic: string, take: (message: KafkaMessage) => unknown): Promise<unknown> {
    return this.driver.consume({
      group: `watch.${topic}`,
      topics: [{ topic }],
      partitionsConcurrently: 3,
      maxWaitMs: 100,
      onBatch: async (batch) => batch.messages.forEach(take),
      onFatal: () => undefined,
    });
  }
}

async function stopParts(
  app: Promise<void>,
  lastFired: LastFiredRecorder,
  producer: KafkaProducerPort,
  driver: KafkaDriver,
  pool: pg.Pool,
): Promise<void> {
  await app;
  await lastFired.flush();
  await producer.close();
  await driver.close();
  await pool.end();
}
