import type { KafkaDriver, KafkaSubscription } from '@flows/kafka';
import { eventually } from '@flows/testkit';
import type { EventView } from './views.js';

/** A run event and when it was heard, in Unix milliseconds. */
export interface HeardEvent {
  event: EventView;
  heardAt: number;
}

/** What anybody can hear on the topic of run events, from the time of listening on. A redelivered event counts once. */
export class RunEventLog {
  private readonly byRun = new Map<string, HeardEvent[]>();
  private readonly seen = new Set<string>();
  private subscription!: KafkaSubscription;

  static async listen(driver: KafkaDriver, topic: string): Promise<RunEventLog> {
    const log = new RunEventLog();
    log.subscription = await driver.consume({
      group: `${topic}-listener`,
      topics: [{ topic }],
      partitionsConcurrently: 4,
      onBatch: (batch) => {
        const heardAt = Date.now();
        for (const { value, offset } of batch.messages) {
          if (value !== null) log.add(JSON.parse(value.toString('utf8')) as EventView, heardAt);
          batch.resolve(offset);
        }
        return Promise.resolve();
      },
      onFatal: (error) => {
        throw error;
      },
    });
    return log;
  }

  /** In order of their numbers. */
  of(runId: string): HeardEvent[] {
    return [...(this.byRun.get(runId) ?? [])].sort((a, b) => a.event.seq - b.event.seq);
  }

  /** All events of a type. */
  ofType(type: string): HeardEvent[] {
    return [...this.byRun.values()].flat().filter(({ event }) => event.type === type);
  }

  until(what: string, holds: (log: RunEventLog) => boolean, timeoutMs = 20_000): Promise<true> {
    return eventually(() => (holds(this) ? (true as const) : null), { timeoutMs, what, pollMs: 20 });
  }

  stop(): Promise<void> {
    return this.subscription.stop();
  }

  private add(event: EventView, heardAt: number): void {
    const key = `${event.run_id} ${event.seq}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const events = this.byRun.get(event.run_id);
    if (events === undefined) this.byRun.set(event.run_id, [{ event, heardAt }]);
    else events.push({ event, heardAt });
  }
}
