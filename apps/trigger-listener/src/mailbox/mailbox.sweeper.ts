import { deleteEndedSubscriptions, deleteOldEvents, FIRST_SUBSCRIPTION } from '@flows/postgres';
import type { Logger } from '@flows/service-kit';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type pg from 'pg';

const EVERY_MS = 60_000;
const EVENTS_AT_A_TIME = 5_000;
/** Of one turn: far more than come in a minute, and the next turn goes on. */
const DELETES_PER_TURN = 100;
const SUBSCRIPTIONS_PER_TURN = 5_000;

/**
 * Takes away events that no wait looks back to any more, and subscriptions that a run left behind. Only the size of the tables depends
 * on it. Subscriptions are looked at one page a turn, round and round, however many are open.
 */
export class MailboxSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private after = FIRST_SUBSCRIPTION;

  constructor(
    private readonly pool: pg.Pool,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** One turn; it begins when the one before has ended. */
  sweep(): Promise<void> {
    return (this.running = this.running.then(() => this.turn()));
  }

  private async turn(): Promise<void> {
    try {
      for (let left = DELETES_PER_TURN; left > 0 && !this.stopped; left -= 1)
        if ((await deleteOldEvents(this.pool, EVENTS_AT_A_TIME)) < EVENTS_AT_A_TIME) break;
      if (this.stopped) return;
      const { deleted, next } = await deleteEndedSubscriptions(this.pool, this.after, SUBSCRIPTIONS_PER_TURN);
      this.after = next ?? FIRST_SUBSCRIPTION;
      if (deleted > 0) this.logger.warn({ subscriptions: deleted }, 'runs that had ended were still subscribed to events');
    } catch (error) {
      this.logger.warn({ err: error }, 'old events were not deleted; trying again in a minute');
    }
  }
}
