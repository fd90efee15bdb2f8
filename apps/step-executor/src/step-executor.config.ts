import { STEP_POOLS } from '@flows/contracts';
import {
  commonFields,
  databaseFields,
  defineConfig,
  integer,
  kafkaFields,
  list,
  secret,
  text,
  url,
  type ConfigOf,
} from '@flows/service-kit';

const fields = {
  ...commonFields,
  ...databaseFields,
  ...kafkaFields,
  /** Connections to PostgreSQL: claims, settlements, renewals and look-ups run side by side. */
  databasePoolSize: integer('DATABASE_POOL_SIZE', { default: 5, min: 2, max: 100 }),
  /** Which pools this process serves. */
  pools: list('EXECUTOR_POOLS', { default: STEP_POOLS, expected: `a comma separated list of ${STEP_POOLS.join(', ')}` }),
  /** Attempts under way at a time, per pool. */
  agentConcurrency: integer('EXECUTOR_AGENT_CONCURRENCY', { default: 64, min: 1, max: 10_000 }),
  connectorConcurrency: integer('EXECUTOR_CONNECTOR_CONCURRENCY', { default: 256, min: 1, max: 10_000 }),
  /** Attempts may end by themselves this long when the process is told to stop; the rest of its 25 s is for offsets and connections. */
  drainGraceMs: integer('EXECUTOR_DRAIN_GRACE_MS', { default: 20_000, max: 20_000 }),
  /** Threads for code steps; each may hold 64 MiB. */
  codeThreads: integer('EXECUTOR_CODE_THREADS', { default: 2, min: 1, max: 64 }),
  /**
   * Where outputs over 1 MiB go: file:///folder (one that all executors share), or
   * s3://bucket/prefix?region=eu-central-1&endpoint=https://host. Without it such an output fails its step.
   */
  blobStoreUrl: url('BLOB_STORE_URL', ['file', 's3'], { optional: true }),
  blobStoreAccessKeyId: secret('BLOB_STORE_ACCESS_KEY_ID', { optional: true }),
  blobStoreSecretAccessKey: secret('BLOB_STORE_SECRET_ACCESS_KEY', { optional: true }),
  /** Ranges that steps may reach although they are private, on any port. */
  egressAllowCidrs: list('EGRESS_ALLOW_CIDRS', {
    default: [],
    expected: 'a comma separated list of address ranges, as in 10.1.0.0/16',
  }),
  openaiBaseUrl: url('OPENAI_BASE_URL', ['http', 'https'], { optional: true }),
  openaiApiKey: secret('OPENAI_API_KEY', { optional: true }),
  /** USD per million tokens by model, as JSON: {"gpt-5-mini": {"input": 0.25, "output": 2}}. Without it agents cost 0 and show tokens only. */
  agentPrices: text('AGENT_PRICES', { default: '{}' }),
};
export type StepExecutorConfig = ConfigOf<typeof fields>;
export const readStepExecutorConfig = defineConfig(fields);
