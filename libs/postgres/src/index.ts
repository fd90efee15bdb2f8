export * from './data-source.js';
export * from './pool/create-pool.js';
export * from './pool/in-workspace.js';
export * from './sql/read-sql.js';
export * from './intake/insert-queued-runs.js';
export * from './dead-letters/insert-dead-letters.js';
export * from './entities/index.js';
