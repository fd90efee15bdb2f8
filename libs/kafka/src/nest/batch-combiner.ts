import type { KafkaBatch } from '../kafka-driver.port.js';

interface Waiting {
  batch: KafkaBatch;
  done(): void;
  failed(error: unknown): void;
}

/**
 * Turns batches of several partitions that arrive together into one call, so that one database transaction serves them all.
 *
 *   partition 0 ──batch──┐
 *   partition 3 ──batch──┼─► one call ──► all three go on fetching
 *   partition 7 ──batch──┘
 *   partition 1 ──batch────► waits ─► next call
 *
 * INVARIANT: calls never overlap. A call that fails fails for all its batches, which then come again together.
 */
export class BatchCombiner {
  private waiting: Waiting[] = [];
  private busy = false;

  constructor(private readonly handle: (batches: readonly KafkaBatch[]) => Promise<void>) {}

  /** Settles with the call that the batch was part of. */
  add(batch: KafkaBatch): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ batch, done, failed });
      if (this.busy) return;
      this.busy = true;
      // After the I/O of this turn, which brings the batches of other brokers; adds microseconds, not milliseconds.
      setImmediate(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const taken = this.waiting;
      this.waiting = [];
      await this.call(taken);
    }
    this.busy = false;
  }

  private async call(taken: readonly Waiting[]): Promise<void> {
    const batches = taken.map(({ batch }) => batch).filter((batch) => !batch.isStale());
    try {
      if (batches.length > 0) await this.handle(batches);
      for (const { done } of taken) done();
    } catch (error) {
      for (const { failed } of taken) failed(error);
    }
  }
}
