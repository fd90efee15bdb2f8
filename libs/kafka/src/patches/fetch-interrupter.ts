import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import type { ConsumerGroupInstance } from 'kafkajs/src/consumer/consumerGroup.js';
import type { ConnectionInstance } from 'kafkajs/src/network/connection.js';

const FETCH_CONNECTION = 1;
const interrupters = new WeakMap<object, FetchInterrupter>();
const original = ConsumerGroup.prototype.fetch;

/** Lets a `FetchInterrupter` end a fetch of its consumer; other consumers fetch as before. */
export const patchConsumerGroup = (): void => {
  ConsumerGroup.prototype.fetch = function fetch(nodeId) {
    const interrupter = interrupters.get(this.cluster);
    return interrupter ? interrupter.run(this, nodeId) : original.call(this, nodeId);
  };
};

/**
 * Ends the long poll of one consumer at will, so that stopping and resuming take effect at once instead of after `maxWaitMs`. kafkajs has
 * no such thing: it waits for the broker's answer, and sleeps `maxWaitMs` when all partitions are paused.
 *
 * An interrupted fetch yields no batches and moves no position; what the broker may already have sent is fetched again.
 */
export class FetchInterrupter {
  private readonly waiting = new Set<() => void>();

  /** Takes the cluster of the consumer, which kafkajs reveals to partition assigners only. */
  attach(cluster: object): void {
    interrupters.set(cluster, this);
  }

  interrupt(): void {
    for (const end of [...this.waiting]) end();
  }

  /** In place of `ConsumerGroup.fetch`. */
  run(group: ConsumerGroupInstance, nodeId: string): Promise<unknown[]> {
    const nothingToFetch = group.subscriptionState.active().every(({ partitions }) => partitions.length === 0);
    return nothingToFetch ? this.sleep(group.maxWaitTime) : this.fetch(group, nodeId);
  }

  private fetch(group: ConsumerGroupInstance, nodeId: string): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.waiting.delete(end);
        const connection = group.cluster.brokerPool.brokers[nodeId]?.connectionPool.pool[FETCH_CONNECTION];
        void dropFetchConnection(connection).then(() => resolve([]));
      };
      this.waiting.add(end);
      original
        .call(group, nodeId)
        .then(resolve, reject)
        .finally(() => this.waiting.delete(end));
    });
  }

  private sleep(ms: number): Promise<unknown[]> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve([]);
      };
      const timer = setTimeout(end, ms);
      this.waiting.add(end);
    });
  }
}

/**
 * A broker answers the requests of a connection in order, so the next fetch would queue behind the abandoned one: it needs a new
 * connection. kafkajs opens it by itself. The old socket is silenced first, since a late answer would land in the new one's buffer.
 */
const dropFetchConnection = async (connection: ConnectionInstance | undefined): Promise<void> => {
  const socket = connection?.socket;
  if (!connection || !socket || !connection.isConnected() || connection.requestQueue.inflight.size === 0) return;
  for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event);
  socket.on('error', () => {});
  connection.rejectRequests(new Error('fetch interrupted'));
  await connection.disconnect();
  socket.destroy();
};
