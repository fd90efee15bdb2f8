/** The whole engine in one deterministic process: what happens is a function of a seed. */
export { simulate, type SimResult } from './simulate.js';
export { shrink } from './shrink.js';
export { drawSpec } from './workload/draw-spec.js';
export { MUTANTS, type Mutant } from './faults/mutants.js';
export type { SimSpec } from './workload/spec.js';
