import { afterEach, describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { stopIdleRequestTimer } from './kafkajs-idle-timer.js';

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
}

const require = createRequire(import.meta.url);
const Queue = require('kafkajs/src/network/requestQueue') as new (options: object) => RequestQueue;
const original = Queue.prototype.scheduleCheckPendingRequests;

const queues: RequestQueue[] = [];
const newQueue = () => {
  const queue = new Queue({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    clientId: 'c',
    broker: 'b',
    logger: { debug: () => undefined },
  });
  queues.push(queue);
  return queue;
};

afterEach(() => {
  for (const queue of queues.splice(0)) if (queue.throttleCheckTimeoutId) clearTimeout(queue.throttleCheckTimeoutId);
});

describe('idle timer of kafkajs', () => {
  it('is still there to be worked round', () => {
    expect(require('kafkajs/package.json')).toMatchObject({ version: '2.2.4' });
    expect(original.toString()).toContain('let scheduleAt = this.throttledUntil - Date.now()');
    expect(original.toString()).toContain('if (!this.throttleCheckTimeoutId)');
  });

  it('is not armed when nothing waits, and is when something does', () => {
    stopIdleRequestTimer();
    const idle = newQueue();
    idle.scheduleCheckPendingRequests();
    expect(idle.throttleCheckTimeoutId).toBeNull();
    const busy = newQueue();
    busy.pending = [{}];
    busy.scheduleCheckPendingRequests();
    expect(busy.throttleCheckTimeoutId).not.toBeNull();
    const throttled = newQueue();
    throttled.throttledUntil = Date.now() + 1_000;
    throttled.scheduleCheckPendingRequests();
    expect(throttled.throttleCheckTimeoutId).not.toBeNull();
  });
});
