import type { Egress } from '@flows/connectors';
import { KafkaBatchServer, type KafkaDriver, type KafkaProducerPort } from '@flows/kafka';
import { isMigrated } from '@flows/postgres';
import { runService } from '@flows/service-kit';
import type pg from 'pg';
import { handlerOf } from './commands/step-commands.consumer.js';
import { readStepExecutorConfig } from './step-executor.config.js';
import { poolsOf, StepExecutorModule } from './step-executor.module.js';
import { DRIVER, EGRESS, ENGINE_POOL, PRODUCER } from './step-executor.tokens.js';

let server: KafkaBatchServer;

await runService({
  name: 'step-executor',
  config: readStepExecutorConfig,
  module: (context) => StepExecutorModule.register(context),
  strategies: (app, { config, logger }) => {
    server = new KafkaBatchServer({
      driver: app.get<KafkaDriver>(DRIVER),
      expects: poolsOf(config).map(handlerOf),
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
      if (!(await isMigrated(async (sql) => (await pool.query<{ name: string }>(sql)).rows)))
        throw new Error('the schema is not the one that this service knows: run the migrations');
    },
    kafka: () => Object.values(server.health()).every((consumer) => consumer.joined),
  }),
  liveness: () => ({ consumer: () => Object.values(server.health()).every((consumer) => consumer.fatal === undefined) }),
  onStop: (app) => [
    { name: 'producer', run: () => app.get<KafkaProducerPort>(PRODUCER).close() },
    { name: 'kafka', run: () => app.get<KafkaDriver>(DRIVER).close() },
    { name: 'egress', run: () => app.get<Egress>(EGRESS).close() },
    { name: 'database', run: () => app.get<pg.Pool>(ENGINE_POOL).end() },
  ],
});
