import type { Instance, Process } from '../kernel/scheduler.js';
import { consumeEvents } from '../shell/listener.js';
import { consumeRunInputs } from '../shell/orchestrator.js';
import { consumeStepCommands } from '../shell/executor.js';
import { pollTimers, sweep } from '../shell/pollers.js';
import type { Member } from '../world/sim-kafka.js';
import { EVENTS, RUN_INPUTS, STEP_COMMANDS } from '../world/topics.js';
import { startProcess, type World } from '../world/world.js';
import type { Service, SimSpec } from '../workload/spec.js';

/** How long a group waits for a member that shows no sign of life. */
const SESSION_MS = 10_000;

interface Running {
  instance: Instance;
  members: { group: string; member: Member }[];
}

/** The instances of all services: starts, kills and stops them. */
export class Cluster {
  private readonly running = new Map<string, Running>();

  constructor(private readonly world: World) {}

  startAll(instances: SimSpec['instances']): void {
    for (const service of ['orchestrator', 'executor', 'listener'] as const)
      for (let index = 0; index < instances[service]; index += 1) this.start(service, index);
  }

  /** kill -9; comes back after `ms`. The group notices at once when the connection breaks, or after the session. */
  kill(service: Service, index: number, ms: number): void {
    const name = `${service}-${index}`;
    const running = this.running.get(name);
    if (running === undefined) return;
    this.world.scheduler.note(`kill ${name}`);
    this.running.delete(name);
    running.instance.alive = false;
    for (const set of [this.world.sweepers, this.world.timerPollers])
      for (const process of [...set]) if (process.instance === running.instance) set.delete(process);
    const { scheduler, kafka } = this.world;
    const noticed = scheduler.now + (ms % 2 === 0 ? 0 : Math.min(ms, SESSION_MS));
    scheduler.at(noticed, () => running.members.forEach(({ member }) => kafka.leave(member)));
    scheduler.at(scheduler.now + ms, () => this.start(service, index));
  }

  /** SIGSTOP for `ms`. One that is gone for long loses its partitions, and goes on afterwards as if nothing had been. */
  stop(service: Service, index: number, ms: number): void {
    const running = this.running.get(`${service}-${index}`);
    if (running === undefined) return;
    const { scheduler, kafka } = this.world;
    scheduler.note(`stop ${running.instance.name} for ${ms}`);
    const until = scheduler.now + ms;
    running.instance.stoppedUntil = Math.max(running.instance.stoppedUntil, until);
    if (ms <= SESSION_MS) return;
    scheduler.at(scheduler.now + SESSION_MS, () => running.members.forEach(({ member }) => kafka.leave(member)));
    scheduler.at(until + 500, () => {
      if (running.instance.alive) for (const { group, member } of running.members) kafka.rejoin(group, member);
    });
  }

  private start(service: Service, index: number): void {
    const name = `${service}-${index}`;
    const instance: Instance = { name, alive: true, stoppedUntil: 0 };
    const running: Running = { instance, members: [] };
    this.running.set(name, running);
    const { world } = this;
    const consume = (group: string, topic: string, body: (member: Member) => ReturnType<typeof consumeEvents>) =>
      void startProcess(world, `${name}/${group}`, instance, function* (self: () => Process) {
        const member = world.kafka.join(group, topic, self);
        running.members.push({ group, member });
        yield* body(member);
      });
    if (service === 'orchestrator') {
      consume('orchestrators', RUN_INPUTS, (member) => consumeRunInputs(world, member, name));
      startProcess(world, `${name}/timers`, instance, (self) => pollTimers(world, self));
      startProcess(world, `${name}/sweep`, instance, (self) => sweep(world, self));
    } else if (service === 'executor')
      for (const _ of [1, 2]) consume('executors', STEP_COMMANDS, (member) => consumeStepCommands(world, member, name));
    else consume('listeners', EVENTS, (member) => consumeEvents(world, member));
  }
}
