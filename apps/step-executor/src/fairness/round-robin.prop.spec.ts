import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RoundRobin } from './round-robin.js';

const drain = <T>(queue: RoundRobin<T>): T[] => {
  const items: T[] = [];
  while (queue.size > 0) items.push(queue.next() as T);
  return items;
};

describe('RoundRobin', () => {
  it('serves the lanes in turn', () => {
    const queue = new RoundRobin<string>();
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.add(item[0]!, item);
    expect(drain(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
    expect(queue.next()).toBeUndefined();
  });

  it('lets a late lane in after one item of each other, however long they are', () => {
    const queue = new RoundRobin<string>();
    for (let n = 0; n < 10_000; n += 1) queue.add('greedy', `greedy${n}`);
    for (let n = 0; n < 5_000; n += 1) queue.next();
    queue.add('modest', 'modest');
    expect([queue.next(), queue.next()]).toContain('modest');
  });

  it('loses nothing, keeps the order of each lane, and never serves one twice while another waits', () => {
    const step = fc.oneof(fc.record({ add: fc.constantFrom('a', 'b', 'c') }), fc.constant('next' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const queue = new RoundRobin<[string, number]>();
        const model: Record<string, number[]> = { a: [], b: [], c: [] };
        let n = 0;
        let last = '';
        let passedOver: string[] = [];
        for (const one of steps) {
          if (one !== 'next') {
            queue.add(one.add, [one.add, n]);
            model[one.add]!.push(n++);
            continue;
          }
          const served = queue.next();
          if (served === undefined) {
            expect(Object.values(model).flat()).toEqual([]);
            continue;
          }
          expect(model[served[0]]!.shift()).toBe(served[1]);
          // Whoever waited when this lane was served has its turn before this lane has another.
          if (served[0] === last) expect(passedOver).toEqual([]);
          last = served[0];
          passedOver = Object.keys(model).filter((lane) => lane !== last && model[lane]!.length > 0);
        }
        expect(queue.size).toBe(Object.values(model).flat().length);
      }),
    );
  });
});
