export * from './state/run-state.js';
export * from './evolve/evolve.js';
export * from './decide/decide.js';
export * from './decide/decision.js';
export * from './commands/commands-of.js';
export { RUN_TIMEOUT_TIMER } from './rules/timer-fired.rule.js';
