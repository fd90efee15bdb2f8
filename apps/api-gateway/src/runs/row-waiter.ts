/** Milliseconds between two looks, by how long the youngest waiter has waited: what follows soon is seen at once, what takes long costs little. */
const PACE: readonly { untilMs: number; everyMs: number }[] = [
  { untilMs: 250, everyMs: 4 },
  { untilMs: 2_000, everyMs: 20 },
  { untilMs: 10_000, everyMs: 100 },
];
const SLOWEST_MS = 250;

/** How long a request waits for a run to follow what it was told, before it answers 202. */
export const FOLLOW_MS = 2_000;

interface Waiter<Row> {
  since: number;
  deadline: number;
  holds(row: Row): boolean;
  done(held: boolean): void;
}

/** Waits until rows say something. One query at a time asks for all rows that anybody waits for, however many that are. */
export class RowWaiter<Row extends { id: string }> {
  private readonly waiters = new Map<string, Set<Waiter<Row>>>();
  private looking = false;
  private stopped = false;

  /** @param find the rows with these ids, as far as they are of interest. What it throws goes to `onError`, and it is asked again. */
  constructor(
    private readonly find: (ids: string[]) => Promise<Row[]>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @returns whether `holds` was true of the row in time. */
  wait(id: string, holds: (row: Row) => boolean, forMs: number): Promise<boolean> {
    if (forMs <= 0 || this.stopped) return Promise.resolve(false);
    return new Promise((done) => {
      const now = performance.now();
      const waiter: Waiter<Row> = { since: now, deadline: now + forMs, holds, done };
      const others = this.waiters.get(id);
      if (others === undefined) this.waiters.set(id, new Set([waiter]));
      else others.add(waiter);
      if (!this.looking) void this.look();
    });
  }

  /** Nobody waits any more: those who did are told that it did not hold. */
  stop(): void {
    this.stopped = true;
    for (const waiters of this.waiters.values()) for (const { done } of waiters) done(false);
    this.waiters.clear();
  }

  private async look(): Promise<void> {
    this.looking = true;
    while (this.waiters.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.pause()));
      for (const row of await this.findRows()) this.settle(row.id, (waiter) => (waiter.holds(row) ? true : null));
      const now = performance.now();
      for (const id of this.waiters.keys()) this.settle(id, (waiter) => (waiter.deadline <= now ? false : null));
    }
    this.looking = false;
  }

  private async findRows(): Promise<Row[]> {
    if (this.waiters.size === 0) return [];
    try {
      return await this.find([...this.waiters.keys()]);
    } catch (error) {
      this.onError(error);
      return [];
    }
  }

  /** Tells those who wait for a row what came of it; null: they wait on. */
  private settle(id: string, judge: (waiter: Waiter<Row>) => boolean | null): void {
    const waiters = this.waiters.get(id);
    for (const waiter of waiters ?? []) {
      const held = judge(waiter);
      if (held === null) continue;
      waiters?.delete(waiter);
      waiter.done(held);
    }
    if (waiters?.size === 0) this.waiters.delete(id);
  }

  private pause(): number {
    const now = performance.now();
    let youngestMs = Infinity;
    let nextDeadlineMs = Infinity;
    for (const waiters of this.waiters.values()) {
      for (const { since, deadline } of waiters) {
        youngestMs = Math.min(youngestMs, now - since);
        nextDeadlineMs = Math.min(nextDeadlineMs, deadline - now);
      }
    }
    const pace = PACE.find(({ untilMs }) => youngestMs < untilMs)?.everyMs ?? SLOWEST_MS;
    return Math.max(0, Math.min(pace, nextDeadlineMs));
  }
}
