export interface WriteLimits<T> {
  mostItems: number;
  /** Bounds the sum of the items' weights, such as their bytes; one item alone may be heavier. */
  mostWeight?: number;
  weigh?(item: T): number;
}

/**
 * Turns many small writes into few large ones, without a timer: what is added in one turn of the event loop goes out together, and
 * what is added while a write is under way goes out together in the next one. So a lone write waits for nothing, and a flood pays one
 * round trip for many.
 *
 * INVARIANT: writes never overlap, and each item gets the result at its own position.
 */
export class WriteCombiner<T, R> {
  private waiting: { item: T; resolve(result: R): void; reject(error: unknown): void }[] = [];
  private busy = false;

  constructor(
    private readonly write: (items: readonly T[]) => Promise<readonly R[]>,
    private readonly limits: WriteLimits<T>,
  ) {}

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.busy) return;
      this.busy = true;
      setImmediate(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const taken = this.waiting.splice(0, this.countNext());
      try {
        const results = await this.write(taken.map(({ item }) => item));
        taken.forEach(({ resolve }, index) => resolve(results[index] as R));
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    this.busy = false;
  }

  private countNext(): number {
    const { mostItems, mostWeight = Infinity, weigh = () => 0 } = this.limits;
    const most = Math.min(mostItems, this.waiting.length);
    let weight = 0;
    for (let count = 0; count < most; count += 1) {
      weight += weigh((this.waiting[count] as { item: T }).item);
      if (weight > mostWeight && count > 0) return count;
    }
    return most;
  }
}
