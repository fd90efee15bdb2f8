import { cpus, totalmem } from 'node:os';

/** What a result file says of the machine, so that figures are compared like with like. */
export interface Machine {
  cpus: number;
  cpu: string;
  memory_gib: number;
  node: string;
  platform: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpus: processors.length,
    cpu: processors[0]?.model ?? 'unknown',
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
}

/** What `--scenario` takes; `scenarios/scenarios.ts` has one function for each. */
export const SCENARIO_NAMES = ['three-step', 'parked-waits'] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

export interface BenchOptions {
  scenario: ScenarioName;
  runs: number;
  sequentialRuns: number;
  openLoopSeconds: number;
  ratesPerSecond: number[];
  json: string | null;
  executors: number;
  orchestrators: number;
}

const DEFAULTS: BenchOptions = {
  scenario: 'three-step',
  runs: 30_000,
  sequentialRuns: 500,
  openLoopSeconds: 15,
  ratesPerSecond: [50, 200],
  json: null,
  executors: 1,
  orchestrators: 1,
};

/** `--scenario NAME --runs N --sequential N --seconds N --orchestrators N --executors N --json FILE`. */
export function parseArguments(args: readonly string[]): BenchOptions {
  const options = { ...DEFAULTS };
  const whole = (name: string, text: string | undefined): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1) throw new Error(`${name} takes a whole number from 1 on, not "${text ?? ''}"`);
    return value;
  };
  for (let index = 0; index < args.length; index += 2) {
    const [name, value] = [args[index], args[index + 1]];
    if (name === '--scenario') options.scenario = scenarioOf(value);
    else if (name === '--runs') options.runs = whole(name, value);
    else if (name === '--sequential') options.sequentialRuns = whole(name, value);
    else if (name === '--seconds') options.openLoopSeconds = whole(name, value);
    else if (name === '--executors') options.executors = whole(name, value);
    else if (name === '--orchestrators') options.orchestrators = whole(name, value);
    else if (name === '--json' && value !== undefined) options.json = value;
    else
      throw new Error(
        `Unknown option ${name ?? ''}. Known: --scenario, --runs, --sequential, --seconds, --orchestrators, --executors, --json FILE`,
      );
  }
  return options;
}

function scenarioOf(text: string | undefined): ScenarioName {
  const found = SCENARIO_NAMES.find((name) => name === text);
  if (found === undefined) throw new Error(`--scenario takes ${SCENARIO_NAMES.join(' or ')}, not "${text ?? ''}"`);
  return found;
}
