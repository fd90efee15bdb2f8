/** All services of the installation: started in groups, stopped in order. Refuses to know what they are. */
import { withPatience } from '../console/patience.js';
import type { Say } from '../console/say.js';
import { BootError } from './boot-error.js';
import type { ServiceSpec } from './service-spec.js';
import { SupervisedService } from './supervised-service.js';

const BOOT_DEADLINE_MS = 120_000;

export class Supervisor {
  private services: readonly { readonly spec: ServiceSpec; readonly service: SupervisedService }[] = [];
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly say: Say,
    private readonly onPid: (service: string, pid: number | undefined) => void,
  ) {}

  /** Resolves when all of these are ready. @throws BootError; then `stop` is still to be called. */
  async start(specs: readonly ServiceSpec[]): Promise<void> {
    if (this.stopped) throw new BootError('The services were stopped.');
    const added = specs.map((spec) => ({
      spec,
      service: new SupervisedService(spec, { say: this.say, onPid: (pid) => this.onPid(spec.name, pid) }),
    }));
    this.services = [...this.services, ...added];
    const all = Promise.all(added.map(({ service }) => service.start()));
    await withPatience(
      this.say,
      () => `waiting for ${this.awaited()}`,
      withDeadline(all, () => this.awaited()),
    );
  }

  /** Resolves when nothing runs any more. Idempotent. */
  stop(): Promise<void> {
    return (this.stopped ??= this.stopByRank());
  }

  /** Kills what still runs, at once. */
  kill(): void {
    for (const { service } of this.services) service.kill();
  }

  private awaited(): string {
    return this.services.flatMap(({ service }) => service.awaited() ?? []).join(', ');
  }

  private async stopByRank(): Promise<void> {
    const ranks = [...new Set(this.services.map(({ spec }) => spec.stopRank))].sort((one, other) => one - other);
    for (const rank of ranks) {
      const together = this.services.filter(({ spec }) => spec.stopRank === rank);
      this.say(`Stopping ${together.map(({ spec }) => spec.name).join(', ')} …`);
      await Promise.all(together.map(({ service }) => service.stop()));
    }
  }
}

async function withDeadline<T>(work: Promise<T>, awaited: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new BootError(`Not ready after ${BOOT_DEADLINE_MS / 1000} s: ${awaited()}`)),
      BOOT_DEADLINE_MS,
    );
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
