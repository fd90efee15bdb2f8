/**
 * Owns the workaround for kafkajs 2.2.4 (tulios/kafkajs#1751): with nothing to send, each connection re-arms a timer with
 * a negative delay about a thousand times a second, for ever, and Node prints a warning.
 */
import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
}

interface RequestQueueClass {
  prototype: RequestQueue & { scheduleCheckPendingRequests(): void };
}

let applied = false;

/** Leaves the check out where nothing waits and nothing is throttled; safe to call again. */
export function stopIdleRequestTimer(): void {
  if (applied) return;
  applied = true;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as RequestQueueClass;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}
