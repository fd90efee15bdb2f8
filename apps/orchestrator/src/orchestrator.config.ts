import { commonFields, databaseFields, defineConfig, integer, kafkaFields, type ConfigOf } from '@flows/service-kit';

const fields = {
  ...commonFields,
  ...databaseFields,
  ...kafkaFields,
  /** Connections to PostgreSQL: one writes the batch, the others load runs, claim timers and sweep. */
  databasePoolSize: integer('DATABASE_POOL_SIZE', { default: 6, min: 2, max: 100 }),
};
export type OrchestratorConfig = ConfigOf<typeof fields>;
export const readOrchestratorConfig = defineConfig(fields);
