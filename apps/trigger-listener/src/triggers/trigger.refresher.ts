import type { Logger } from '@flows/service-kit';
import type { TriggerDirectory } from './trigger.directory.js';
import type { TriggerStore } from './trigger.store.js';

const REFRESH_EVERY_MS = 1_000;
const RELOAD_EVERY_REFRESHES = 60;

/** Keeps the directory warm while no events come, and clears away changes that everybody has read. Correctness does not rest on it. */
export class TriggerRefresher {
  private timer: NodeJS.Timeout | undefined;
  private turns = 0;

  constructor(
    private readonly directory: TriggerDirectory,
    private readonly store: TriggerStore,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.turn(), REFRESH_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async turn(): Promise<void> {
    this.turns += 1;
    try {
      if (this.turns % RELOAD_EVERY_REFRESHES !== 0) return await this.directory.refresh();
      await this.directory.reload();
      await this.store.forgetOldChanges();
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot refresh the triggers; trying again in a second, batches wait until it succeeds');
    }
  }
}
