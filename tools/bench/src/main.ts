import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createKafkaDriver, silentLogger } from '@flows/kafka';
import { topicNames, topicSpecs } from '@flows/contracts';
import { startInfrastructure } from '@flows/infrastructure';
import { createPool, migrate } from '@flows/postgres';
import { SERVICE_NODE_OPTIONS } from '@flows/service-kit';
import { startService, type ChildService } from '@flows/testkit';
import { cpuSecondsOf } from './cpu-seconds.js';
import { describeMachine, parseArguments } from './bench.config.js';
import { Completions } from './completions.js';
import { Intake } from './intake.js';
import { measureOpenLoop, measureSequential, measureThroughput } from './measure.js';
import type { Percentiles } from './percentiles.js';
import { installThreeStepFlow } from './three-step.flow.js';

/**
 * `npm run bench`: a fresh PostgreSQL and a fresh broker with their durable settings (fsync on, acks from all replicas), the
 * orchestrator and the step-executor as processes of their own, and this harness, all on one machine.
 */
/** As `npm start` has them. */
const PARTITIONS = 6;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  const root = resolve('.flows/bench');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const infrastructure = await startInfrastructure({ root, durable: true, log: say });
  const services: ChildService[] = [];
  const driver = createKafkaDriver({ brokers: infrastructure.kafkaBrokers.split(','), clientId: 'bench', logger: silentLogger });
  const completions = new Completions();
  const pool = createPool({
    url: infrastructure.databaseUrl,
    role: 'engine',
    max: 4,
    applicationName: 'bench',
    onError: (error) => say(error.message),
  });
  const owner = createPool({
    url: infrastructure.databaseUrl,
    role: 'owner',
    max: 1,
    applicationName: 'bench',
    onError: (error) => say(error.message),
  });
  try {
    await migrate(infrastructure.databaseUrl, say);
    const topics = topicNames();
    await driver.ensureTopics(topicSpecs(topics, PARTITIONS));
    const env = {
      DATABASE_URL: infrastructure.databaseUrl,
      KAFKA_BROKERS: infrastructure.kafkaBrokers,
      KAFKA_PARTITIONS: String(PARTITIONS),
      LOG_LEVEL: 'warn',
      NODE_OPTIONS: SERVICE_NODE_OPTIONS,
    };
    for (let n = 0; n < options.orchestrators; n += 1) services.push(await startService('orchestrator', env));
    for (let n = 0; n < options.executors; n += 1) services.push(await startService('step-executor', env));
    const { workspaceId, workflowId } = await installThreeStepFlow(owner);
    const intake = new Intake(pool, await driver.producer(), topics, workspaceId, workflowId);
    await completions.listen(driver, topics);

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
    const processes: [string, number | undefined][] = [
      ['kafka', infrastructure.kafka?.pid],
      ['postgres', infrastructure.postgres?.pid],
      ['bench', process.pid],
      ...services.map((service, index): [string, number] => [
        index < options.orchestrators ? 'orchestrator' : 'step-executor',
        service.pid,
      ]),
    ];
    const cpuBefore = cpuSeconds(processes);
    const runsPerSecond = await measureThroughput(intake, completions, options.runs);
    const cpuAfter = cpuSeconds(processes);
    const cpuMsPerRun = Object.fromEntries(
      Object.entries(cpuAfter).map(([name, after]) => [name, round(((after - (cpuBefore[name] ?? 0)) * 1000) / options.runs)]),
    );
    if (completions.failed > 0) throw new Error(`${completions.failed} runs failed: the figures mean nothing`);

    const result = {
      scenario: 'three-step',
      commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
      at: new Date().toISOString(),
      machine: describeMachine(),
      orchestrators: options.orchestrators,
      executors: options.executors,
      partitions: PARTITIONS,
      runs: options.runs,
      runs_per_s: Math.round(runsPerSecond),
      cpu_ms_per_run: cpuMsPerRun,
      sequential,
      open_loop: openLoop,
    };
    print(result.runs_per_s, sequential, openLoop, cpuMsPerRun);
    if (options.json !== null) {
      mkdirSync(dirname(resolve(options.json)), { recursive: true });
      writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
    }
  } finally {
    await completions.stop();
    await Promise.all(services.map((service) => service.stop()));
    await driver.close();
    await Promise.all([pool.end(), owner.end()]);
    await infrastructure.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

/** By kind of process: replicas are added up. */
function cpuSeconds(processes: readonly [string, number | undefined][]): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const [name, pid] of processes) {
    const used = pid === undefined ? null : cpuSecondsOf(pid, name === 'postgres');
    if (used !== null) seconds[name] = (seconds[name] ?? 0) + used;
  }
  return seconds;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function print(
  runsPerSecond: number,
  sequential: Percentiles,
  openLoop: Record<string, Percentiles>,
  cpuMsPerRun: Record<string, number>,
): void {
  const row = (name: string, { p50_ms, p95_ms, p99_ms }: Percentiles): string =>
    `${name.padEnd(22)}${[p50_ms, p95_ms, p99_ms].map((value) => value.toFixed(1).padStart(9)).join('')}`;
  process.stdout.write(
    [
      `three-step flow, steps without work: ${runsPerSecond} runs/s`,
      `${'latency in ms'.padEnd(22)}${['p50', 'p95', 'p99'].map((name) => name.padStart(9)).join('')}`,
      row('one after the other', sequential),
      ...Object.entries(openLoop).map(([rate, figures]) => row(`${rate} runs/s`, figures)),
      `CPU per run in ms: ${Object.entries(cpuMsPerRun)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
      '',
    ].join('\n'),
  );
}

await main();
