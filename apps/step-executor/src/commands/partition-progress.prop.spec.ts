import { describe, expect, it } from '@jest/globals';
import type { KafkaBatch } from '@flows/kafka';
import fc from 'fast-check';
import { PartitionProgress } from './partition-progress.js';

/** A batch from `first` on that notes what is resolved. */
function batchFrom(first: number, count: number, resolved: number[]): KafkaBatch {
  const messages = Array.from({ length: count }, (_, index) => ({ offset: String(first + index) }));
  return { messages, isStale: () => false, resolve: (offset: string) => resolved.push(Number(offset)) } as unknown as KafkaBatch;
}

describe('PartitionProgress', () => {
  it('resolves up to the oldest open offset, whatever the order of finishing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }).chain((n) => fc.tuple(fc.constant(n), fc.shuffledSubarray([...Array(n).keys()]))),
        ([count, order]) => {
          const resolved: number[] = [];
          const progress = new PartitionProgress();
          progress.take(batchFrom(100, count, resolved));
          const turns = Array.from({ length: count }, (_, index) => progress.begin(String(100 + index)));
          const done = new Set<number>();
          for (const index of order) {
            done.add(index);
            turns[index]!.finish();
            turns[index]!.finish();
            let contiguous = 0;
            while (done.has(contiguous)) contiguous += 1;
            expect(resolved.at(-1) ?? 99).toBe(99 + contiguous);
          }
        },
      ),
    );
  });

  it('keeps an older open offset in mind when a later batch comes twice', () => {
    const resolved: number[] = [];
    const progress = new PartitionProgress();
    progress.take(batchFrom(0, 1, resolved));
    const slow = progress.begin('0');
    progress.take(batchFrom(1, 2, resolved));
    progress.begin('1').finish();
    progress.take(batchFrom(1, 2, resolved));
    progress.begin('1').finish();
    progress.begin('2').finish();
    expect(resolved).toEqual([]);
    slow.finish();
    expect(resolved).toEqual([2]);
  });

  it('forgets its old deliveries when the partition is handed out anew', () => {
    const [before, after]: number[][] = [[], []];
    const progress = new PartitionProgress();
    progress.take(batchFrom(5, 2, before!));
    const old = [progress.begin('5'), progress.begin('6')];
    progress.take(batchFrom(5, 2, after!));
    const fresh = [progress.begin('5'), progress.begin('6')];
    expect(old.map(({ counts }) => counts)).toEqual([false, false]);
    for (const turn of old) turn.finish();
    expect([before, after]).toEqual([[], []]);
    expect(fresh.map(({ counts }) => counts)).toEqual([true, true]);
    for (const turn of fresh) turn.finish();
    expect(after).toEqual([5, 6]);
  });
});
