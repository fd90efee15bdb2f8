/** Keeps one server of our own alive: notices that its process is gone, and has it started again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Say } from '../console/say.js';
import { countDeath, restartDelayMs } from '../services/restart-backoff.js';

const LOOK_EVERY_MS = 500;

export interface KeptServerOptions {
  readonly name: string;
  /** Undefined where it is no process of this machine: such a server is left alone. */
  pid(): number | undefined;
  restart(): Promise<void>;
  readonly say: Say;
  onPid(pid: number | undefined): void;
}

export class KeptServer {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;

  constructor(private readonly options: KeptServerOptions) {
    this.ended = this.keep();
  }

  /** Resolves when it will not be started again. The server itself goes on. */
  async letGo(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async keep(): Promise<void> {
    const { name, say, onPid } = this.options;
    let upSince = performance.now();
    for (let deaths = 0; ;) {
      await this.pause(LOOK_EVERY_MS);
      if (this.stopping.signal.aborted) return;
      const pid = this.options.pid();
      if (pid === undefined || isAlive(pid)) continue;
      onPid(undefined);
      deaths = countDeath(deaths, performance.now() - upSince);
      const restMs = restartDelayMs(deaths);
      say(`${name} died; starting it again in ${restMs / 1000} s`);
      await this.pause(restMs);
      if (this.stopping.signal.aborted) return;
      try {
        await this.options.restart();
        say(`${name} runs again${this.shownPid()}`);
        onPid(this.options.pid());
      } catch (error) {
        say(`${name} could not be started again: ${(error as Error).message}`);
      }
      upSince = performance.now();
    }
  }

  private shownPid(): string {
    const pid = this.options.pid();
    return pid === undefined ? '' : ` (process ${pid})`;
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, as another user's; PostgreSQL may run as one.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
