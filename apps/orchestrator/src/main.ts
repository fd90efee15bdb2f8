import type { KafkaDriver, KafkaProducerPort } from '@flows/kafka';
import { BatchConsumers, migratedCheck, runService } from '@flows/service-kit';
import type pg from 'pg';
import { readOrchestratorConfig } from './orchestrator.config.js';
import { OrchestratorModule } from './orchestrator.module.js';
import { DRIVER, ENGINE_POOL, PRODUCER } from './orchestrator.tokens.js';
import { RUN_INPUTS } from './run-inputs/run-inputs.consumer.js';

const consumers = new BatchConsumers();

await runService({
  name: 'orchestrator',
  config: readOrchestratorConfig,
  module: (context) => OrchestratorModule.register(context),
  strategies: (app, context) => [consumers.open(app.get<KafkaDriver>(DRIVER), [RUN_INPUTS], context)],
  readiness: (app) => ({
    database: migratedCheck(app.get<pg.Pool>(ENGINE_POOL)),
    kafka: consumers.joined,
  }),
  liveness: { consumer: consumers.alive },
  onStop: (app) => [
    { name: 'producer', run: () => app.get<KafkaProducerPort>(PRODUCER).close() },
    { name: 'kafka', run: () => app.get<KafkaDriver>(DRIVER).close() },
    { name: 'database', run: () => app.get<pg.Pool>(ENGINE_POOL).end() },
  ],
});
