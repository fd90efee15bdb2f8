import type { Logger } from '@flows/service-kit';
import type { TriggerStore } from './trigger.store.js';

const WRITE_EVERY_MS = 1_000;

/** Writes `last_fired_at` at most once a second per trigger, outside the transactions of batches. Losing the last second in a crash is fine: it is for display. */
export class LastFiredRecorder {
  private fired = new Map<string, Date>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: TriggerStore,
    private readonly logger: Logger,
  ) {}

  record(triggerId: string, at: Date): void {
    this.fired.set(triggerId, at);
    this.timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS);
  }

  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const fired = this.fired;
    if (fired.size === 0) return this.writing;
    this.fired = new Map();
    this.writing = this.writing.then(() => this.write(fired));
    return this.writing;
  }

  private async write(fired: ReadonlyMap<string, Date>): Promise<void> {
    try {
      await this.store.updateLastFired(fired);
    } catch (error) {
      this.logger.warn({ err: error, triggers: fired.size }, 'cannot write when triggers fired last');
    }
  }
}
