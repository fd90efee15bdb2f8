/** Owns a broker for unit tests that can be taken away. The real one is used in `crm-simulator.int.spec.ts`. */
import type { CloudEvent } from '../src/events/crm-event.js';
import type { EventPublisher } from '../src/events/event-publisher.js';

export class RecordingPublisher implements EventPublisher {
  readonly events: CloudEvent[] = [];
  refusals = 0;
  private away = false;
  private waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  goAway(): void {
    this.away = true;
  }

  comeBack(): void {
    this.away = false;
  }

  publish(events: readonly CloudEvent[]): Promise<void> {
    if (this.away) this.refusals += 1;
    else this.events.push(...events);
    this.tellWaiting();
    return this.away ? Promise.reject(new Error('no broker')) : Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The first `count` events, once that many have come. */
  async take(count: number): Promise<readonly CloudEvent[]> {
    await this.until(() => this.events.length >= count);
    return this.events.slice(0, count);
  }

  until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ isMet, resolve });
      this.tellWaiting();
    });
  }

  private tellWaiting(): void {
    const met = this.waiting.filter((one) => one.isMet());
    this.waiting = this.waiting.filter((one) => !met.includes(one));
    for (const one of met) one.resolve();
  }
}
