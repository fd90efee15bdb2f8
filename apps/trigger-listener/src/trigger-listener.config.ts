import { commonFields, databaseFields, defineConfig, integer, kafkaFields, type ConfigOf } from '@flows/service-kit';

const fields = {
  ...commonFields,
  ...databaseFields,
  ...kafkaFields,
  /** Connections to PostgreSQL: one writes the batch, the others keep the triggers current. */
  databasePoolSize: integer('DATABASE_POOL_SIZE', { default: 4, min: 2, max: 100 }),
};
export type TriggerListenerConfig = ConfigOf<typeof fields>;
export const readTriggerListenerConfig = defineConfig(fields);
