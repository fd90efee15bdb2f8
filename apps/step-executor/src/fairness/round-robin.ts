interface Lane<T> {
  readonly name: string;
  items: T[];
  /** How many of the items are served: the array is not shifted, which would cost its length. */
  served: number;
}

const CUT_AFTER = 1024;

/**
 * A queue that serves its lanes in turn: what waits in one lane delays another lane's next item by one item of each lane at most.
 * First in, first out within a lane.
 *
 *   a: 1 2 3 4 …      next() → a1 b1 c1 a2 c2 a3 …
 *   b: 1
 *   c: 1 2
 */
export class RoundRobin<T> {
  private readonly lanes = new Map<string, Lane<T>>();
  /** Lanes that have something, as a ring. */
  private ring: Lane<T>[] = [];
  /** Whose turn it is. */
  private turn = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(name: string, item: T): void {
    this.count += 1;
    const lane = this.lanes.get(name);
    if (lane !== undefined) {
      lane.items.push(item);
      return;
    }
    const fresh: Lane<T> = { name, items: [item], served: 0 };
    this.lanes.set(name, fresh);
    // Just behind the one whose turn it is: every other lane is served first, once.
    this.ring.splice(this.turn, 0, fresh);
    this.turn = (this.turn + 1) % this.ring.length;
  }

  /** Undefined when nothing waits. */
  next(): T | undefined {
    const lane = this.ring[this.turn];
    if (lane === undefined) return undefined;
    const item = lane.items[lane.served] as T;
    lane.served += 1;
    this.count -= 1;
    if (lane.served === lane.items.length) {
      this.lanes.delete(lane.name);
      this.ring.splice(this.turn, 1);
    } else {
      if (lane.served === CUT_AFTER) {
        lane.items = lane.items.slice(CUT_AFTER);
        lane.served = 0;
      }
      this.turn += 1;
    }
    if (this.turn >= this.ring.length) this.turn = 0;
    return item;
  }

  clear(): void {
    this.lanes.clear();
    this.ring = [];
    this.turn = 0;
    this.count = 0;
  }
}
