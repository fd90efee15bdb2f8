import {
  choice,
  commonFields,
  databaseFields,
  defineConfig,
  integer,
  kafkaFields,
  list,
  secret,
  url,
  type ConfigOf,
} from '@flows/service-kit';

const fields = {
  ...commonFields,
  ...databaseFields,
  ...kafkaFields,
  port: integer('PORT', { default: 3000, max: 65_535 }),
  /** Connections of requests (role flows_app). */
  databasePoolSize: integer('DATABASE_POOL_SIZE', { default: 10, min: 2, max: 100 }),
  /** Lets its holder create workspaces and see what belongs to none. Without it nobody can. */
  adminToken: secret('FLOWS_ADMIN_TOKEN', { optional: true }),
  /** Signs cursors. All replicas need the same; without it, it is derived from the admin token. */
  cursorSecret: secret('CURSOR_SECRET', { optional: true }),
  /** Provider of agents that a template creates. */
  agentDefaultProvider: choice('AGENT_DEFAULT_PROVIDER', ['offline', 'openai'], { default: 'offline' }),
  /** Where the step executors keep outputs that are too large for a row; without it those cannot be read here. */
  blobStoreUrl: url('BLOB_STORE_URL', ['file', 's3'], { optional: true }),
  blobStoreAccessKeyId: secret('BLOB_STORE_ACCESS_KEY_ID', { optional: true }),
  blobStoreSecretAccessKey: secret('BLOB_STORE_SECRET_ACCESS_KEY', { optional: true }),
  /** Address ranges that users may point at although they are not public. */
  egressAllowCidrs: list('EGRESS_ALLOW_CIDRS', { default: [] }),
};
export type ApiGatewayConfig = ConfigOf<typeof fields>;
export const readApiGatewayConfig = defineConfig(fields);
