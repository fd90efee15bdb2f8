/** For tests of others that stand on run-machine: random flows, and states as text. */
export * from './draw.js';
export * from './random-flow.js';
export { stateJson } from './state-json.js';
