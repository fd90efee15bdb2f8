/** The only place of `npm start` that reads the environment. */
import { defineConfig, integer, list, secret, text, url, type ConfigOf } from '@flows/service-kit';

/** Where the simulated CRM and everything else of this machine answer; the SSRF guard would refuse them. */
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

const fields = {
  /** The gateway's; a free one is taken where somebody else has it. */
  port: integer('PORT', { default: 3000, min: 1, max: 65_535 }),
  /** Servers that somebody else runs are used instead of our own. */
  databaseUrl: url('DATABASE_URL', ['postgres', 'postgresql'], { optional: true }),
  kafkaBrokers: text('KAFKA_BROKERS', { optional: true }),
  kafkaTopicPrefix: text('KAFKA_TOPIC_PREFIX', { default: '' }),
  /** Fewer than the 24 of a deployment: partitions bound how far services scale out, and each of them costs every fetch a little. */
  kafkaPartitions: integer('KAFKA_PARTITIONS', { default: 6, min: 1, max: 1_024 }),
  egressAllowCidrs: list('EGRESS_ALLOW_CIDRS', { default: [] }),
  /** Where large outputs of steps go; a folder beside the data where nothing is set. */
  blobStoreUrl: url('BLOB_STORE_URL', ['file', 's3'], { optional: true }),
  /** Without it one is made at the first start and kept in the dev file. */
  adminToken: secret('FLOWS_ADMIN_TOKEN', { optional: true }),
};
export type LocalConfig = ConfigOf<typeof fields>;
/** @throws ConfigError with every problem. */
export const readLocalConfig = defineConfig(fields);

/** Another place than `.flows` for data, logs and the dev file: a second installation of one clone. */
export function readStateFolder(): string | undefined {
  return process.env['FLOWS_STATE_DIR'];
}

/** What a service inherits: all of ours (LOG_LEVEL, OPENAI_API_KEY, OTEL_* …), beneath what its own environment sets. */
export function readInheritedEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}

/** The user's ranges and loopback, each once. */
export function egressRanges(own: readonly string[]): string {
  return [...new Set([...LOOPBACK, ...own])].join(',');
}
