/** Owns the port to the broker. */
import type { CloudEvent } from './crm-event.js';

export interface EventPublisher {
  /** Resolves when the broker acknowledged all of them, in this order per subject; rejects when that is not known. */
  publish(events: readonly CloudEvent[]): Promise<void>;
  close(): Promise<void>;
}
