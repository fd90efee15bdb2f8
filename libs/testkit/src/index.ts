export * from './database/test-database.js';
export * from './kafka/test-kafka.js';
export * from './processes/child-service.js';
export * from './processes/run-sources.js';
export * from './processes/start-service.js';
export * from './provider/recording-provider.js';
export * from './waiting/eventually.js';
