import { describe, expect, it } from '@jest/globals';
import { Rng } from './rng.js';
import { Scheduler, type Steps } from './scheduler.js';
import { TimeHeap } from './time-heap.js';

describe('Rng', () => {
  it('has streams that do not shift each other', () => {
    const one = new Rng('7');
    one.int(10);
    expect(one.stream('pg').next()).toBe(new Rng('7').stream('pg').next());
    expect(one.stream('pg').next()).not.toBe(one.stream('kafka').next());
  });

  it('draws evenly, within bounds', () => {
    const rng = new Rng('x');
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw += 1) counts[rng.int(10)] = (counts[rng.int(10)] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(250);
    for (let draw = 0; draw < 100; draw += 1) {
      const spread = rng.logBetween(0.001, 1);
      expect(spread >= 0.001 && spread <= 1).toBe(true);
    }
  });
});

describe('TimeHeap', () => {
  it('gives the earliest, and of one moment the one with the smaller number', () => {
    const heap = new TimeHeap<string>();
    for (const [at, tie] of [
      [5, 1],
      [1, 9],
      [1, 2],
      [3, 0],
      [5, 0],
    ] as const)
      heap.push(at, tie, `${at}/${tie}`);
    const order = Array.from({ length: 5 }, () => heap.pop()?.value);
    expect(order).toEqual(['1/2', '1/9', '3/0', '5/0', '5/1']);
    expect(heap.pop()).toBeUndefined();
  });
});

describe('Scheduler', () => {
  const instance = () => ({ name: 'i', alive: true, stoppedUntil: 0 });
  function* count(seen: number[], scheduler: Scheduler): Steps {
    for (;;) {
      seen.push(scheduler.now);
      yield 10;
    }
  }

  it('kills and stops between any two steps', () => {
    const scheduler = new Scheduler(new Rng('s'), 0, false);
    const [killed, stopped] = [instance(), instance()];
    const [one, other]: [number[], number[]] = [[], []];
    scheduler.start('killed', killed, count(one, scheduler));
    scheduler.start('stopped', stopped, count(other, scheduler));
    scheduler.at(25, () => (killed.alive = false));
    scheduler.at(25, () => (stopped.stoppedUntil = 100));
    expect(scheduler.run(120, 1_000)).toBe('time');
    expect(one).toEqual([0, 10, 20]);
    expect(other).toEqual([0, 10, 20, 100, 110, 120]);
  });

  it('loses no waking: one who is woken while busy looks again', () => {
    const scheduler = new Scheduler(new Rng('s'), 0, false);
    let looks = 0;
    const sleeper = scheduler.start(
      'sleeper',
      instance(),
      (function* (): Steps {
        for (;;) {
          looks += 1;
          yield 10;
          yield 'asleep';
        }
      })(),
    );
    scheduler.at(5, () => scheduler.wake(sleeper));
    scheduler.at(50, () => scheduler.wake(sleeper));
    expect(scheduler.run(1_000, 100)).toBe('idle');
    expect(looks).toBe(3);
  });
});
