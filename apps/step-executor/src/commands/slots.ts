/**
 * How many attempts of one pool may be under way: taken before a command is started, given back when its report is out. So a pool
 * that is full, or a broker that takes no reports, stops the intake.
 */
export class Slots {
  private free: number;
  private waiting: (() => void)[] = [];
  private wakeUp: NodeJS.Immediate | undefined;

  constructor(readonly limit: number) {
    this.free = limit;
  }

  get taken(): number {
    return this.limit - this.free;
  }

  /** @returns how many of `most` were free, possibly none. */
  take(most: number): number {
    const granted = Math.min(most, this.free);
    this.free -= granted;
    return granted;
  }

  /** Waiters are woken once per turn of the event loop, so that they find all that was given back in it. */
  giveBack(): void {
    this.free += 1;
    if (this.waiting.length === 0 || this.wakeUp !== undefined) return;
    this.wakeUp = setImmediate(() => {
      this.wakeUp = undefined;
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  /** Resolves when something may be free, or after `timeoutMs`. */
  whenFree(timeoutMs: number): Promise<void> {
    if (this.free > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(wake, timeoutMs);
      function wake(): void {
        clearTimeout(timer);
        resolve();
      }
      this.waiting.push(wake);
    });
  }
}
