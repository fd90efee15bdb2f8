import type { BenchOptions, ScenarioName } from '../bench.config.js';
import type { BenchInstallation } from '../bench-installation.js';
import { parkedWaits } from './parked-waits.js';
import { threeStep } from './three-step.js';

/** Each prints its table and gives its figures. */
export const SCENARIOS: Record<ScenarioName, (installation: BenchInstallation, options: BenchOptions) => Promise<object>> = {
  'three-step': threeStep,
  'parked-waits': parkedWaits,
};
