import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/**
 * kafkajs #1751/#1755: after each response the queue arms a timer, also when nothing waits, with a negative delay that Node turns into
 * 1 ms, for ever. An idle process burns 2 % CPU and Node 24 warns. A queue without pending requests has nothing to check: `push` arms
 * the timer when it adds one.
 */
const original = RequestQueue.prototype.scheduleCheckPendingRequests;

export const patchRequestQueue = (): void => {
  RequestQueue.prototype.scheduleCheckPendingRequests = function schedule() {
    if (this.pending.length > 0) original.call(this);
  };
};
