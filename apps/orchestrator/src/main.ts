import { KafkaBatchServer, type KafkaDriver, type KafkaProducerPort } from '@flows/kafka';
import { isMigrated } from '@flows/postgres';
import { runService } from '@flows/service-kit';
import type pg from 'pg';
import { readOrchestratorConfig } from './orchestrator.config.js';
import { OrchestratorModule } from './orchestrator.module.js';
import { DRIVER, ENGINE_POOL, PRODUCER } from './orchestrator.tokens.js';
import { RUN_INPUTS } from './run-inputs/run-inputs.consumer.js';

let server: KafkaBatchServer;

await runService({
  name: 'orchestrator',
  config: readOrchestratorConfig,
  module: (context) => OrchestratorModule.register(context),
  strategies: (app, { config, logger }) => {
    server = new KafkaBatchServer({
      driver: app.get<KafkaDriver>(DRIVER),
      expects: [RUN_INPUTS],
      resolveTopics: (declared) => `${config.kafkaTopicPrefix}${declared}`,
      resolveGroup: (declared) => `${config.kafkaTopicPrefix}${declared}`,
      onFatal: (error) => {
        logger.fatal({ err: error }, 'the consumer is dead');
        process.exit(1);
      },
    });
    return [server];
  },
  readiness: (app) => ({
    database: async () => {
      const pool = app.get<pg.Pool>(ENGINE_POOL);
      if (!(await isMigrated(async (sql) => (await pool.query<{ name: string }>(sql)).rows))) throw new Error('the schema is not the one that this service knows: run the migrations');
    },
    kafka: () => Object.values(server.health()).every((consumer) => consumer.joined),
  }),
  liveness: () => ({ consumer: () => Object.values(server.health()).every((consumer) => consumer.fatal === undefined) }),
  onStop: (app) => [
    { name: 'producer', run: () => app.get<KafkaProducerPort>(PRODUCER).close() },
    { name: 'kafka', run: () => app.get<KafkaDriver>(DRIVER).close() },
    { name: 'database', run: () => app.get<pg.Pool>(ENGINE_POOL).end() },
  ],
});
