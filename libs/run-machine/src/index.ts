/**
 * What a run does next. Pure: inputs in, facts and commands out; no clock, no randomness, no input or output. Who carries the commands
 * out, and where facts are kept, is the orchestrator's.
 */
export * from './state/run-state.js';
export * from './state/step-state.js';
export * from './state/run-scope.js';
export * from './evolve/evolve.js';
export * from './decide/decide.js';
export * from './decide/decision.js';
export { planOfRun } from './decide/plan-of-run.js';
export * from './commands/command.js';
export { commandsOf, openCommands, report } from './commands/commands-of.js';
export { wakeAt } from './commands/wake-at.js';
export { resetSteps, type StepsToReset } from './retry/reset-steps.js';
export * from './retry-plan/retry-plan.js';
export { planRetry } from './retry-plan/plan-retry.js';
export { differenceInReplay, type RecordedHistory } from './replay/recorded-history.js';
export { RUN_TIMEOUT_TIMER } from './rules/timer-fired.rule.js';
