export * from './trigger-row.js';
export * from './compile-trigger.js';
export * from './filter/split-clauses.js';
export * from './match/verdict.js';
export * from './match/event-type-pattern.js';
export * from './match/match-trigger.js';
export * from './match/trigger-index.js';
