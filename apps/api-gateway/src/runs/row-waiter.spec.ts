import { describe, expect, it } from '@jest/globals';
import { RowWaiter } from './row-waiter.js';

interface Row {
  id: string;
  n: number;
}

/** Rows that the test changes by hand, and how often anybody has asked. */
function world(rows: Record<string, number> = {}) {
  const asked: string[][] = [];
  const errors: unknown[] = [];
  let fails = 0;
  const waiter = new RowWaiter<Row>(
    (ids) => {
      asked.push(ids);
      if (fails-- > 0) return Promise.reject(new Error('down'));
      return Promise.resolve(ids.flatMap((id) => (id in rows ? [{ id, n: rows[id] ?? 0 }] : [])));
    },
    (error) => errors.push(error),
  );
  return { rows, asked, errors, waiter, failNext: (times: number) => (fails = times) };
}

describe('RowWaiter', () => {
  it('waits until a row says what is asked of it, each waiter for its own', async () => {
    const { rows, waiter } = world({ a: 0, b: 0 });
    const waits = [
      waiter.wait('a', ({ n }) => n >= 1, 5_000),
      waiter.wait('a', ({ n }) => n >= 2, 5_000),
      waiter.wait('b', ({ n }) => n < 0, 60),
    ];
    rows['a'] = 1;
    expect(await waits[0]).toBe(true);
    rows['a'] = 2;
    expect(await waits[1]).toBe(true);
    expect(await waits[2]).toBe(false);
  });

  it('asks once for all, and no more when nobody waits', async () => {
    const { asked, waiter } = world({ a: 1, b: 1 });
    await Promise.all([
      waiter.wait('a', () => true, 1_000),
      waiter.wait('b', () => true, 1_000),
      waiter.wait('a', () => true, 1_000),
    ]);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('gives up at the deadline, also where there is no row', async () => {
    const { waiter } = world();
    const began = performance.now();
    expect(await waiter.wait('nowhere', () => true, 50)).toBe(false);
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
    expect(await waiter.wait('nowhere', () => true, 0)).toBe(false);
  });

  it('asks again after a failure', async () => {
    const { waiter, errors, failNext } = world({ a: 1 });
    failNext(3);
    expect(await waiter.wait('a', () => true, 5_000)).toBe(true);
    expect(errors).toHaveLength(3);
  });

  it('lets everybody go when it stops, and takes nobody afterwards', async () => {
    const { waiter } = world();
    const wait = waiter.wait('a', () => true, 60_000);
    waiter.stop();
    expect(await wait).toBe(false);
    expect(await waiter.wait('a', () => true, 60_000)).toBe(false);
  });
});
