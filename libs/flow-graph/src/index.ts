export * from './plan/flow-plan.js';
export * from './plan/problem.js';
