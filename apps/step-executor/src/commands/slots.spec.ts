import { describe, expect, it } from '@jest/globals';
import { Slots } from './slots.js';

describe('Slots', () => {
  it('grants what is free and no more', () => {
    const slots = new Slots(3);
    expect([slots.take(2), slots.take(2), slots.take(2)]).toEqual([2, 1, 0]);
    expect(slots.taken).toBe(3);
    slots.giveBack();
    expect(slots.take(5)).toBe(1);
  });

  it('wakes all who wait, once all of a turn is given back', async () => {
    const slots = new Slots(2);
    slots.take(2);
    const granted = Promise.all(
      [1, 2].map(async () => {
        await slots.whenFree(60_000);
        return slots.take(2);
      }),
    );
    slots.giveBack();
    slots.giveBack();
    expect(await granted).toEqual([2, 0]);
  });

  it('wakes at the latest after the given time', async () => {
    const slots = new Slots(1);
    slots.take(1);
    await slots.whenFree(1);
    expect(slots.take(1)).toBe(0);
  });
});
