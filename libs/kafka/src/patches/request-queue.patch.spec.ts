import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { patchRequestQueue } from './request-queue.patch.js';

interface Queue {
  pending: unknown[];
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
  checkPendingRequests(): void;
  destroy(): void;
}

const require = createRequire(import.meta.url);
const RequestQueue = require('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const createQueue = () =>
  new RequestQueue({
    maxInFlightRequests: 0,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'c',
    broker: 'b',
    logger,
  });

describe('patchRequestQueue', () => {
  it('arms no timer on an idle connection, where kafkajs spins one every millisecond', () => {
    const unpatched = createQueue();
    unpatched.checkPendingRequests();
    expect(unpatched.throttleCheckTimeoutId).not.toBeNull();
    unpatched.destroy();

    patchRequestQueue();
    const patched = createQueue();
    patched.checkPendingRequests();
    expect(patched.throttleCheckTimeoutId).toBeNull();
  });

  it('still comes back for a request that waits', () => {
    patchRequestQueue();
    const queue = createQueue();
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
  });
});
