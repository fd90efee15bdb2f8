/** Settings that several services have in common, so that one name means one thing everywhere. */
import { hostname } from 'node:os';
import { failpointList } from '../failpoints/failpoint-field.js';
import { LOG_LEVELS } from '../logging/log-level.js';
import type { ConfigOf } from './define-config.js';
import { choice, integer, list, text, url } from './fields.js';

/** What `runService` itself needs; part of every service's config. */
export const commonFields = {
  /** Names this process in logs, reports and leases. */
  instanceId: text('INSTANCE_ID', { default: () => `${hostname()}-${process.pid}` }),
  logLevel: choice('LOG_LEVEL', LOG_LEVELS, { default: 'info' }),
  /** Health and metrics; 0 takes a free port. */
  managementPort: integer('MANAGEMENT_PORT', { default: 0, max: 65_535 }),
  /** How long the process goes on serving after it has said that it is no longer ready: as long as load balancers need to notice. */
  stopDelayMs: integer('STOP_DELAY_MS', { default: 0, max: 20_000 }),
  /** A file to which the ready message is written, for supervisors without an IPC channel. */
  readyFile: text('READY_FILE', { optional: true }),
  failpoints: failpointList('FAILPOINTS'),
};
export type CommonConfig = ConfigOf<typeof commonFields>;

export const databaseFields = {
  databaseUrl: url('DATABASE_URL', ['postgres', 'postgresql'], {
    expected: 'a PostgreSQL URL, as in postgres://user:password@host:5432/flows',
  }),
};
export type DatabaseConfig = ConfigOf<typeof databaseFields>;

export const kafkaFields = {
  kafkaBrokers: list('KAFKA_BROKERS', { expected: 'a comma separated list of brokers, as in host:9092,host:9093' }),
  /** Sets installations on one cluster apart; part of every topic's and group's name. */
  kafkaTopicPrefix: text('KAFKA_TOPIC_PREFIX', { default: '' }),
  /** Fixed for life: another number breaks the order per key. */
  kafkaPartitions: integer('KAFKA_PARTITIONS', { default: 24, min: 1, max: 1_024 }),
};
export type KafkaConfig = ConfigOf<typeof kafkaFields>;
