import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from '@flows/service-kit';

/** `more`: there is more to do right now. `idle`: look again after the interval, or after the time that is named. */
export type PollOutcome = 'more' | 'idle' | { againInMs: number };

/**
 * Asks the database for due work, again at once while there is more, else after the interval. A failure is logged and the
 * next round tries again: what is due stays due. Replicas may poll side by side; claims skip each other's locks.
 */
export abstract class PollLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;

  constructor(
    private readonly what: string,
    private readonly intervalMs: number,
    protected readonly logger: Logger,
  ) {}

  protected abstract poll(): Promise<PollOutcome>;

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      let outcome: PollOutcome = 'idle';
      try {
        outcome = await this.poll();
      } catch (error) {
        this.logger.warn({ err: error }, `polling ${this.what} failed; trying again`);
      }
      if (outcome !== 'more' && !this.stopped) await this.pause(outcome === 'idle' ? this.intervalMs : outcome.againInMs);
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
