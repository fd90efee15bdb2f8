import type { Egress } from '@flows/connectors';
import type { KafkaDriver, KafkaProducerPort } from '@flows/kafka';
import { BatchConsumers, migratedCheck, runService } from '@flows/service-kit';
import type pg from 'pg';
import { handlerOf } from './commands/step-commands.consumer.js';
import { readStepExecutorConfig } from './step-executor.config.js';
import { poolsOf, StepExecutorModule } from './step-executor.module.js';
import { DRIVER, EGRESS, ENGINE_POOL, PRODUCER } from './step-executor.tokens.js';

const consumers = new BatchConsumers();

await runService({
  name: 'step-executor',
  config: readStepExecutorConfig,
  module: (context) => StepExecutorModule.register(context),
  strategies: (app, context) => [consumers.open(app.get<KafkaDriver>(DRIVER), poolsOf(context.config).map(handlerOf), context)],
  readiness: (app) => ({
    database: migratedCheck(app.get<pg.Pool>(ENGINE_POOL)),
    kafka: consumers.joined,
  }),
  liveness: { consumer: consumers.alive },
  onStop: (app) => [
    { name: 'producer', run: () => app.get<KafkaProducerPort>(PRODUCER).close() },
    { name: 'kafka', run: () => app.get<KafkaDriver>(DRIVER).close() },
    { name: 'egress', run: () => app.get<Egress>(EGRESS).close() },
    { name: 'database', run: () => app.get<pg.Pool>(ENGINE_POOL).end() },
  ],
});
