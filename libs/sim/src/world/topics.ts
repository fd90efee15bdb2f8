/** Topics of the simulated installation; one for all pools. */
export const RUN_INPUTS = 'run-inputs';
export const STEP_COMMANDS = 'step-commands';
export const EVENTS = 'events';
