import type { KafkaDriver, KafkaProducerPort } from '@flows/kafka';
import { BatchConsumers, migratedCheck, runService } from '@flows/service-kit';
import type pg from 'pg';
import { EVENTS } from './events.consumer.js';
import { readTriggerListenerConfig } from './trigger-listener.config.js';
import { TriggerListenerModule } from './trigger-listener.module.js';
import { DRIVER, ENGINE_POOL, PRODUCER } from './trigger-listener.tokens.js';
import { LastFiredRecorder } from './triggers/last-fired.recorder.js';
import { TriggerDirectory } from './triggers/trigger.directory.js';
import { TriggerRefresher } from './triggers/trigger.refresher.js';

const consumers = new BatchConsumers();

await runService({
  name: 'trigger-listener',
  config: readTriggerListenerConfig,
  module: (context) => TriggerListenerModule.register(context),
  strategies: (app, context) => {
    app.get(TriggerRefresher).start();
    return [consumers.open(app.get<KafkaDriver>(DRIVER), EVENTS, context)];
  },
  readiness: (app) => ({
    database: migratedCheck(app.get<pg.Pool>(ENGINE_POOL)),
    triggers: () => app.get(TriggerDirectory).refresh(),
    kafka: consumers.joined,
  }),
  liveness: { consumer: consumers.alive },
  onStop: (app) => [
    { name: 'trigger refresher', run: () => app.get(TriggerRefresher).stop() },
    { name: 'last fired', run: () => app.get(LastFiredRecorder).flush() },
    { name: 'producer', run: () => app.get<KafkaProducerPort>(PRODUCER).close() },
    { name: 'kafka', run: () => app.get<KafkaDriver>(DRIVER).close() },
    { name: 'database', run: () => app.get<pg.Pool>(ENGINE_POOL).end() },
  ],
});
