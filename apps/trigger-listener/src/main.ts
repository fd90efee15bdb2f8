import { KafkaBatchServer, type KafkaDriver, type KafkaProducerPort } from '@flows/kafka';
import { isMigrated } from '@flows/postgres';
import { runService } from '@flows/service-kit';
import type pg from 'pg';
import { EVENTS } from './events.consumer.js';
import { readTriggerListenerConfig } from './trigger-listener.config.js';
import { TriggerListenerModule } from './trigger-listener.module.js';
import { DRIVER, ENGINE_POOL, PRODUCER } from './trigger-listener.tokens.js';
import { LastFiredRecorder } from './triggers/last-fired.recorder.js';
import { TriggerDirectory } from './triggers/trigger.directory.js';
import { TriggerRefresher } from './triggers/trigger.refresher.js';

let server: KafkaBatchServer;

await runService({
  name: 'trigger-listener',
  config: readTriggerListenerConfig,
  module: (context) => TriggerListenerModule.register(context),
  strategies: (app, { config, logger }) => {
    server = new KafkaBatchServer({
      driver: app.get<KafkaDriver>(DRIVER),
      expects: EVENTS,
      resolveTopics: (declared) => `${config.kafkaTopicPrefix}${declared}`,
      resolveGroup: (declared) => `${config.kafkaTopicPrefix}${declared}`,
      onFatal: (error) => {
        logger.fatal({ err: error }, 'the consumer is dead');
        process.exit(1);
      },
    });
    app.get(TriggerRefresher).start();
    return [server];
  },
  readiness: (app) => ({
    database: async () => {
      const pool = app.get<pg.Pool>(ENGINE_POOL);
      if (!(await isMigrated(async (sql) => (await pool.query<{ name: string }>(sql)).rows)))
        throw new Error('the schema is not the one that this service knows: run the migrations');
    },
    triggers: () => app.get(TriggerDirectory).refresh(),
    kafka: () => Object.values(server.health()).every((consumer) => consumer.joined),
  }),
  liveness: () => ({ consumer: () => Object.values(server.health()).every((consumer) => consumer.fatal === undefined) }),
  onStop: (app) => [
    { name: 'trigger refresher', run: () => app.get(TriggerRefresher).stop() },
    { name: 'last fired', run: () => app.get(LastFiredRecorder).flush() },
    { name: 'producer', run: () => app.get<KafkaProducerPort>(PRODUCER).close() },
    { name: 'kafka', run: () => app.get<KafkaDriver>(DRIVER).close() },
    { name: 'database', run: () => app.get<pg.Pool>(ENGINE_POOL).end() },
  ],
});
