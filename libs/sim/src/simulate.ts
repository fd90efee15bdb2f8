import { compileFlow } from '@flows/flow-graph';
import { isTerminal } from '@flows/run-machine';
import { checkWorld } from './check/check-world.js';
import { compareWithReading } from './check/compare-reading.js';
import { Observer } from './check/observer.js';
import { Cluster } from './faults/cluster.js';
import type { Mutant } from './faults/mutants.js';
import { Rng } from './kernel/rng.js';
import { Scheduler } from './kernel/scheduler.js';
import { Disturbance } from './world/disturbance.js';
import { SimKafka } from './world/sim-kafka.js';
import { SimPg } from './world/sim-pg.js';
import { SimProvider } from './world/sim-provider.js';
import type { SimWorkflow, World } from './world/world.js';
import { START } from './workload/draw-spec.js';
import { scheduleOps, workflowId } from './workload/do-ops.js';
import { People } from './workload/people.js';
import type { SimSpec } from './workload/spec.js';

export interface SimResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly logHash: string;
  readonly log: readonly string[];
  readonly coverage: Observer['coverage'];
  readonly runs: number;
  readonly calls: number;
  readonly steps: number;
  /** Virtual milliseconds. */
  readonly tookMs: number;
  readonly ended: 'quiet' | 'time' | 'steps';
}

const MAX_STEPS = 400_000;
/** Many times what the busiest simulations take, with all their faults. */
const MOST_STEPS_PER_RUN = 2_000;
/** Longest that everything may take to come to an end once the faults have stopped. */
const PATIENCE_MS = 12 * 3_600_000;
const SLICE_MS = 30_000;

export function simulate(spec: SimSpec, options: { mutant?: Mutant; keepLog?: boolean } = {}): SimResult {
  const rng = new Rng(`${spec.seed}`);
  const scheduler = new Scheduler(rng, START, options.keepLog ?? false);
  const part = (name: string) => new Disturbance(rng.stream(name), spec.rates);
  const disturbances = [part('pg'), part('kafka'), part('provider')] as const;
  const world: World = {
    rng,
    scheduler,
    pg: new SimPg(scheduler, disturbances[0]),
    kafka: new SimKafka(scheduler, disturbances[1], spec.partitions),
    provider: new SimProvider(scheduler, disturbances[2], spec.confluent ? Infinity : START + spec.healAt / 2),
    disturbances,
    workflows: compileAll(spec),
    mutant: options.mutant ?? null,
    observer: new Observer(),
    sweepers: new Set(),
    timerPollers: new Set(),
    outside: { name: 'outside', alive: true, stoppedUntil: 0 },
  };
  const cluster = new Cluster(world);
  cluster.startAll(spec.instances);
  const people = new People(world, rng.stream('people'));
  scheduleOps(world, people, spec);
  scheduleBlows(world, cluster, spec);
  const ended = runToTheEnd(world, spec);
  const perRun = stepsPerRun(world);
  if (perRun > MOST_STEPS_PER_RUN) world.observer.violation(`I22 ${Math.round(perRun)} steps per run: messages beget messages`);
  const states = checkWorld(world, spec.mode === 'liveness' && ended !== 'steps');
  if (spec.confluent && ended === 'quiet') compareWithReading(world, spec, states);
  return {
    seed: spec.seed,
    violations: world.observer.violations,
    logHash: scheduler.logHash,
    log: scheduler.log,
    coverage: world.observer.coverage,
    runs: world.pg.runs.size,
    calls: world.provider.calls.length,
    steps: scheduler.steps,
    tookMs: scheduler.now - START,
    ended,
  };
}

/** Plans are costly, and a spec is simulated many times while it shrinks. */
const plans = new WeakMap<object, SimWorkflow>();

function compileAll(spec: SimSpec): Map<string, SimWorkflow> {
  return new Map(
    spec.workflows.map(({ name, definition }) => {
      const known = plans.get(definition);
      if (known !== undefined) return [known.id, known];
      const compiled = compileFlow(definition);
      if (!compiled.ok) throw new Error(`Seed ${spec.seed}: ${name} does not compile: ${JSON.stringify(compiled.problems)}`);
      const workflow: SimWorkflow = { id: workflowId(name), name, definition, plan: compiled.plan };
      plans.set(definition, workflow);
      return [workflow.id, workflow];
    }),
  );
}

function scheduleBlows({ scheduler, kafka, disturbances }: World, cluster: Cluster, spec: SimSpec): void {
  for (const blow of spec.blows) {
    scheduler.at(START + blow.at, () => {
      switch (blow.kind) {
        case 'kill':
        case 'stop':
          return cluster[blow.kind](blow.service, blow.index, blow.ms);
        case 'truncate':
          scheduler.note('kafka loses all data');
          return kafka.truncate();
        case 'rebalance':
          return kafka.rebalance(kafka.groupNames[blow.group] ?? '');
      }
    });
  }
  if (spec.mode === 'liveness')
    scheduler.at(START + spec.healAt, () => disturbances.forEach((disturbance) => disturbance.heal()));
}

function runToTheEnd(world: World, spec: SimSpec): SimResult['ended'] {
  const { scheduler } = world;
  const lastOp = Math.max(0, ...spec.ops.map(({ at }) => at));
  const end = START + Math.max(lastOp, spec.healAt) + (spec.mode === 'liveness' ? PATIENCE_MS : 300_000);
  const earliest = START + Math.max(lastOp, spec.mode === 'liveness' ? spec.healAt : 0);
  for (let until = START + SLICE_MS; ; until += SLICE_MS) {
    let state: ReturnType<Scheduler['run']>;
    do {
      state = scheduler.run(Math.min(until, end), scheduler.steps + 10_000);
      if (scheduler.steps >= MAX_STEPS || stepsPerRun(world) > MOST_STEPS_PER_RUN) return 'steps';
    } while (state === 'steps');
    if (scheduler.now >= earliest - SLICE_MS && until > earliest + 60_000 && isQuiet(world)) return 'quiet';
    if (until >= end || state === 'idle') return isQuiet(world) ? 'quiet' : 'time';
  }
}

function stepsPerRun({ scheduler, pg }: World): number {
  return scheduler.steps / (1 + pg.runs.size);
}

function isQuiet({ pg, kafka }: World): boolean {
  for (const row of pg.runs.values()) if (!isTerminal(row.status)) return false;
  for (const record of kafka.allRecords()) if (!record.handled && !record.lost) return false;
  return true;
}
