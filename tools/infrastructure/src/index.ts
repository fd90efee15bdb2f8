/** Real PostgreSQL and real Kafka for one machine: the one code path of `npm start`, tests and bench. */
export { findFreePort } from './free-port.js';
export { readInfrastructureConfig, type InfrastructureConfig } from './infrastructure.config.js';
export { findJava, type JavaRuntime } from './java/find-java.js';
export { startKafka, type KafkaOptions, type RunningKafka } from './kafka/start-kafka.js';
export type { Log } from './log.js';
export { claimDataDir, type DataDirClaim } from './processes/data-dir.claim.js';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres/start-postgres.js';
export { startInfrastructure, type Infrastructure, type InfrastructureOptions } from './start-infrastructure.js';
