import { describe, expect, it } from '@jest/globals';
import type { KafkaBatch } from '../kafka-driver.port.js';
import { BatchCombiner } from './batch-combiner.js';

const batchOf = (partition: number, stale = false): KafkaBatch => ({
  topic: 't',
  partition,
  messages: [],
  highWatermark: '0',
  lag: 0,
  heartbeat: async () => {},
  isStale: () => stale,
  resolve: () => {},
});

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const createCombiner = () => {
  const calls: number[][] = [];
  const ends: { resolve(): void; reject(error: Error): void }[] = [];
  const combiner = new BatchCombiner((batches) => {
    calls.push(batches.map(({ partition }) => partition));
    return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
  });
  return { combiner, calls, ends };
};

describe('BatchCombiner', () => {
  it('hands over in one call what arrives together', async () => {
    const { combiner, calls, ends } = createCombiner();
    const added = [0, 1, 2].map((partition) => combiner.add(batchOf(partition)));
    await turn();
    expect(calls).toEqual([[0, 1, 2]]);
    ends[0]!.resolve();
    await expect(Promise.all(added)).resolves.toHaveLength(3);
  });

  it('keeps what arrives during a call for the next one', async () => {
    const { combiner, calls, ends } = createCombiner();
    const first = combiner.add(batchOf(0));
    await turn();
    const later = [1, 2].map((partition) => combiner.add(batchOf(partition)));
    await turn();
    expect(calls).toEqual([[0]]);
    ends[0]!.resolve();
    await first;
    await turn();
    expect(calls).toEqual([[0], [1, 2]]);
    ends[1]!.resolve();
    await Promise.all(later);
  });

  it('fails all batches of a call that fails, and goes on', async () => {
    const { combiner, calls, ends } = createCombiner();
    const failed = [0, 1].map((partition) => combiner.add(batchOf(partition)).catch((error: Error) => error.message));
    await turn();
    ends[0]!.reject(new Error('database is down'));
    expect(await Promise.all(failed)).toEqual(['database is down', 'database is down']);
    void combiner.add(batchOf(2));
    await turn();
    expect(calls).toEqual([[0, 1], [2]]);
  });

  it('does not hand over a batch whose partition was lost while it waited', async () => {
    const { combiner, calls, ends } = createCombiner();
    const lost = combiner.add(batchOf(0, true));
    void combiner.add(batchOf(1));
    await turn();
    expect(calls).toEqual([[1]]);
    ends[0]!.resolve();
    await lost;
  });
});
