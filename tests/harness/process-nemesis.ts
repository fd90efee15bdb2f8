import type { ChildService, ServiceName } from '@flows/testkit';
import type { Installation } from './installation.js';
import { pause, type SeededRandom } from './seeded-random.js';

/** Longer than a group waits for a silent member, so that a stopped process comes back to what is not its own any more. */
const ZOMBIE_MS = 12_000;

/** A group that waits for a member that stands still lets nobody in meanwhile. */
const PATIENT = { readyTimeoutMs: 60_000 };

/** A place where a process of a service runs; whoever dies there is followed by another. */
interface Seat {
  name: ServiceName;
  process: ChildService;
  /** The one that the installation knows by name. */
  first: boolean;
  busy: boolean;
}

/**
 * Kills processes of an installation at random, and brings others in their place; stops one for long, so that it wakes up among those who
 * took over. What it does follows from the seed; when exactly is up to the machine.
 */
export class ProcessNemesis {
  readonly log: string[] = [];
  kills = 0;
  zombies = 0;
  private readonly seats: Seat[];
  private readonly returning: Promise<void>[] = [];
  private done = false;

  constructor(
    private readonly installation: Installation,
    private readonly random: SeededRandom,
  ) {
    this.seats = [...installation.services].map(([name, process]) => ({ name, process, first: true, busy: false }));
  }

  async seatReplica(name: ServiceName): Promise<void> {
    this.seats.push({ name, process: await this.installation.startReplica(name), first: false, busy: false });
  }

  /** One kill every 1 to 4 s, and one zombie, until `heal`. */
  async rage(): Promise<void> {
    const zombieAfter = 2 + this.random.below(3);
    for (let round = 0; !this.done; round += 1) {
      await pause(1_000 + this.random.below(3_000));
      if (this.done) return;
      const seat = this.random.pick(this.seats);
      if (seat.busy) continue;
      const stoppable = seat.name === 'orchestrator' || seat.name === 'step-executor';
      if (this.zombies === 0 && round >= zombieAfter && stoppable) this.returning.push(this.stun(seat));
      else this.returning.push(this.kill(seat));
    }
  }

  /** No more of it: resolves when every seat is taken by a process that is ready. */
  async heal(): Promise<void> {
    this.done = true;
    await Promise.all(this.returning);
  }

  /** Of the processes that have their seats now. */
  logs(): string[] {
    return this.seats.flatMap(({ name, process }) => process.logs().map((line) => `${name} ${process.pid} ${line}`));
  }

  private async kill(seat: Seat): Promise<void> {
    seat.busy = true;
    this.kills += 1;
    this.note(`kill -9 of ${seat.name} ${seat.process.pid}`);
    await seat.process.kill9();
    seat.process = seat.first
      ? await this.installation.startAgain(seat.name, PATIENT)
      : await this.installation.startReplica(seat.name, {}, PATIENT);
    seat.busy = false;
  }

  private async stun(seat: Seat): Promise<void> {
    seat.busy = true;
    this.zombies += 1;
    this.note(`${seat.name} ${seat.process.pid} stands still for ${ZOMBIE_MS} ms`);
    process.kill(seat.process.pid, 'SIGSTOP');
    await pause(ZOMBIE_MS);
    process.kill(seat.process.pid, 'SIGCONT');
    this.note(`${seat.name} ${seat.process.pid} goes on`);
    seat.busy = false;
  }

  private note(what: string): void {
    this.log.push(`${new Date().toISOString()} ${what}`);
  }
}
