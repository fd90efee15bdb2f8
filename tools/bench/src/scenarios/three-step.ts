import type { BenchOptions } from '../bench.config.js';
import { say, type BenchInstallation } from '../bench-installation.js';
import { measureOpenLoop, measureSequential, measureThroughput } from '../measure.js';
import type { Percentiles } from '../percentiles.js';
import { latencyTable } from '../latency-table.js';

/** Three connector steps in a row that do no work: what is measured is the engine. */
export const THREE_STEPS = {
  graph: {
    steps: [
      { id: 'enrich', type: 'connector', connection: 'bench', action: 'noop.run', input: { lead: '${ payload.lead }' } },
      {
        id: 'draft',
        type: 'connector',
        connection: 'bench',
        action: 'noop.run',
        input: { email: '${ steps.enrich.output.lead.email }' },
      },
      { id: 'add', type: 'connector', connection: 'bench', action: 'noop.run', input: { to: '${ steps.draft.output.email }' } },
    ],
    edges: [
      { from: 'enrich', to: 'draft' },
      { from: 'draft', to: 'add' },
    ],
  },
};

/** How fast runs go: one after the other, at fixed rates, and as many as there may be. */
export async function threeStep(installation: BenchInstallation, options: BenchOptions) {
  const intake = await installation.publishFlow('three-step', THREE_STEPS);
  const { completions } = installation;
  say('warming up');
  await measureThroughput(intake, completions, 5_000);
  await measureSequential(intake, completions, 200);
  say(`sequential: ${options.sequentialRuns} runs`);
  const sequential = await measureSequential(intake, completions, options.sequentialRuns);
  const openLoop: Record<string, Percentiles> = {};
  for (const rate of options.ratesPerSecond) {
    say(`open loop: ${rate} runs/s for ${options.openLoopSeconds} s`);
    openLoop[rate] = await measureOpenLoop(intake, completions, rate, options.openLoopSeconds);
  }
  say(`throughput: ${options.runs} runs`);
  const before = installation.cpuSeconds();
  const runsPerSecond = Math.round(await measureThroughput(intake, completions, options.runs));
  const cpuMsPerRun = Object.fromEntries(
    Object.entries(installation.cpuSeconds()).map(([name, after]) => [name, perRun(after - (before[name] ?? 0), options.runs)]),
  );
  process.stdout.write(
    [
      `three-step flow, steps without work: ${runsPerSecond} runs/s`,
      ...latencyTable({
        'one after the other': sequential,
        ...Object.fromEntries(Object.entries(openLoop).map(([rate, figures]) => [`${rate} runs/s`, figures])),
      }),
      `CPU per run in ms: ${Object.entries(cpuMsPerRun)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
      '',
    ].join('\n'),
  );
  return { runs: options.runs, runs_per_s: runsPerSecond, cpu_ms_per_run: cpuMsPerRun, sequential, open_loop: openLoop };
}

/** Milliseconds, to the microsecond. */
function perRun(seconds: number, runs: number): number {
  return Math.round((seconds * 1_000_000) / runs) / 1000;
}
