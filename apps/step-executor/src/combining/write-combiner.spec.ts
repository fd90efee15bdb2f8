import { describe, expect, it } from '@jest/globals';
import { WriteCombiner } from './write-combiner.js';

/** A write that ends when the test says so. */
function controlled() {
  const calls: { items: readonly number[]; end(error?: Error): void }[] = [];
  const write = (items: readonly number[]) =>
    new Promise<number[]>((resolve, reject) =>
      calls.push({ items, end: (error) => (error ? reject(error) : resolve(items.map((item) => item * 10))) }),
    );
  return { calls, write };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('WriteCombiner', () => {
  it('sends what is added in one turn together, and what comes meanwhile together in the next write', async () => {
    const { calls, write } = controlled();
    const combiner = new WriteCombiner(write, { mostItems: 100 });
    const first = Promise.all([combiner.add(1), combiner.add(2)]);
    await turn();
    const second = Promise.all([combiner.add(3), combiner.add(4)]);
    await turn();
    expect(calls.map(({ items }) => items)).toEqual([[1, 2]]);
    calls[0]!.end();
    await expect(first).resolves.toEqual([10, 20]);
    await turn();
    expect(calls[1]!.items).toEqual([3, 4]);
    calls[1]!.end();
    await expect(second).resolves.toEqual([30, 40]);
  });

  it('cuts by number and by weight, but lets one heavy item through', async () => {
    const sizes: number[][] = [];
    const combiner = new WriteCombiner<number, number>(
      async (items) => {
        sizes.push([...items]);
        return items;
      },
      { mostItems: 3, mostWeight: 10, weigh: (item) => item },
    );
    await Promise.all([1, 1, 1, 1, 50, 6, 5].map((item) => combiner.add(item)));
    expect(sizes).toEqual([[1, 1, 1], [1], [50], [6], [5]]);
  });

  it('fails the items of a failed write only', async () => {
    const { calls, write } = controlled();
    const combiner = new WriteCombiner(write, { mostItems: 1 });
    const one = combiner.add(1);
    const two = combiner.add(2);
    await turn();
    calls[0]!.end(new Error('no'));
    await expect(one).rejects.toThrow('no');
    await turn();
    calls[1]!.end();
    await expect(two).resolves.toBe(20);
  });
});
