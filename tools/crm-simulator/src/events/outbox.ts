/**
 * Owns the way of queued events to the broker: in order, in batches, until acknowledged, however long the broker is away.
 * Delivery is at least once; a crash between the broker's answer and our note of it sends the same event ids again.
 * Refuses to block writes: they are done once the event is in the store.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from '../state/change.js';
import type { CrmStore } from '../state/crm.store.js';
import type { EventPublisher } from './event-publisher.js';

const BATCH_SIZE = 500;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;

export class Outbox {
  private readonly stopping = new AbortController();
  private wake: () => void = () => undefined;
  private readonly done: Promise<void>;

  /** One outbox per channel, so that a topic that cannot be written holds up no other. Starts at once. */
  constructor(
    private readonly channel: Channel,
    private readonly store: CrmStore,
    private readonly publisher: EventPublisher,
    private readonly log: (line: string) => void,
  ) {
    store.onEventQueued(() => this.wake());
    this.done = this.run();
  }

  /** Sends what is queued while the broker takes it, at most for `graceMs`; the rest stays in the store for the next start. */
  async stop(graceMs: number): Promise<void> {
    this.stopping.abort();
    this.wake();
    const grace = new AbortController();
    const expired = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined);
    await Promise.race([this.done, expired]);
    grace.abort();
    await Promise.race([this.publisher.close(), delay(graceMs, undefined, { ref: false })]);
  }

  private async run(): Promise<void> {
    let failures = 0;
    for (;;) {
      const batch = this.store.state.outbox[this.channel].slice(0, BATCH_SIZE);
      const last = batch.at(-1);
      if (!last) {
        if (this.stopping.signal.aborted) return;
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      try {
        await this.publisher.publish(batch.map((queued) => queued.event));
        if (failures > 0) this.log(`${this.channel} events: the broker takes events again`);
        failures = 0;
      } catch (error) {
        if (failures === 0) this.log(`${this.channel} events: waiting for the broker (${(error as Error).message})`);
        failures += 1;
        if (this.stopping.signal.aborted) return;
        await this.pause(failures);
        continue;
      }
      if (!(await this.noteAsPublished(last.seq))) return;
    }
  }

  /** False when the store is broken: it reported that itself, and the process is about to end. */
  private async noteAsPublished(upTo: number): Promise<boolean> {
    try {
      await this.store.commit([{ kind: 'events_published', channel: this.channel, up_to: upTo }]);
      return true;
    } catch {
      return false;
    }
  }

  private async pause(failures: number): Promise<void> {
    const ms = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
