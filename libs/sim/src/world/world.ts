import type { FlowPlan } from '@flows/flow-graph';
import type { Mutant } from '../faults/mutants.js';
import type { Rng } from '../kernel/rng.js';
import type { Instance, Process, Scheduler, Steps } from '../kernel/scheduler.js';
import type { Observer } from '../check/observer.js';
import type { Disturbance } from './disturbance.js';
import type { SimKafka } from './sim-kafka.js';
import type { SimPg } from './sim-pg.js';
import type { SimProvider } from './sim-provider.js';

/** A workflow with its one version. */
export interface SimWorkflow {
  readonly id: string;
  readonly name: string;
  readonly definition: unknown;
  readonly plan: FlowPlan;
}

/** Everything that processes share. */
export interface World {
  readonly rng: Rng;
  readonly scheduler: Scheduler;
  readonly pg: SimPg;
  readonly kafka: SimKafka;
  readonly provider: SimProvider;
  readonly disturbances: readonly Disturbance[];
  readonly workflows: ReadonlyMap<string, SimWorkflow>;
  readonly mutant: Mutant | null;
  readonly observer: Observer;
  /** Who sweeps and fires timers: woken when something is due. */
  readonly sweepers: Set<Process>;
  readonly timerPollers: Set<Process>;
  /** Clients, people and the outside: never killed. */
  readonly outside: Instance;
}

/** Starts a process that knows itself, so that it can be woken. */
export function startProcess(
  world: World,
  name: string,
  instance: Instance,
  body: (self: () => Process) => Steps<unknown>,
): Process {
  const holder: { process?: Process } = {};
  const self = (): Process => {
    if (holder.process === undefined) throw new Error(`${name} has not started`);
    return holder.process;
  };
  holder.process = world.scheduler.start(name, instance, body(self));
  return holder.process;
}

export function workflowByName(world: World, name: string): SimWorkflow | undefined {
  for (const workflow of world.workflows.values()) if (workflow.name === name) return workflow;
  return undefined;
}
