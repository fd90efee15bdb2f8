import { commonFields, databaseFields, defineConfig, integer, kafkaFields } from '@flows/service-kit';

export const readSetupConfig = defineConfig({
  logLevel: commonFields.logLevel,
  ...databaseFields,
  ...kafkaFields,
  /** Of new topics: 3 in production, 1 on a single broker. */
  replicationFactor: integer('KAFKA_REPLICATION_FACTOR', { default: 1, min: 1, max: 10 }),
});
