import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describeMachine, parseArguments } from './bench.config.js';
import { BenchInstallation, PARTITIONS } from './bench-installation.js';
import { SCENARIOS } from './scenarios/scenarios.js';

/** `npm run bench`: one scenario on an installation of its own; its table goes to the terminal, its figures to `--json FILE`. */
const options = parseArguments(process.argv.slice(2));
const installation = await BenchInstallation.start(options);
try {
  const figures = await SCENARIOS[options.scenario](installation, options);
  if (installation.completions.failed > 0)
    throw new Error(`${installation.completions.failed} runs failed: the figures mean nothing`);
  const result = {
    scenario: options.scenario,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    at: new Date().toISOString(),
    machine: describeMachine(),
    orchestrators: options.orchestrators,
    executors: options.executors,
    partitions: PARTITIONS,
    ...figures,
  };
  if (options.json !== null) {
    mkdirSync(dirname(resolve(options.json)), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  }
} finally {
  await installation.stop();
}
