import type { KafkaDriver, KafkaSubscription } from '@flows/kafka';
import type { Topics } from '@flows/contracts';

/** Hears the ends of runs on the run events topic, as any subscriber would. Only headers and keys are read. */
export class Completions {
  private readonly waiting = new Map<string, (endedAt: number) => void>();
  private subscription: KafkaSubscription | undefined;
  failed = 0;

  async listen(driver: KafkaDriver, topics: Topics): Promise<void> {
    this.subscription = await driver.consume({
      group: `bench-${Date.now()}`,
      topics: [{ topic: topics.runEvents }],
      partitionsConcurrently: 24,
      onBatch: async (batch) => {
        const now = performance.now();
        for (const message of batch.messages) {
          const type = message.headers['ce_type'];
          if (type !== 'run.completed' && type !== 'run.failed') continue;
          if (type === 'run.failed') this.failed += 1;
          const done = this.waiting.get(message.key ?? '');
          this.waiting.delete(message.key ?? '');
          done?.(now);
        }
        const last = batch.messages.at(-1);
        if (last) batch.resolve(last.offset);
      },
      onFatal: (error) => {
        throw error;
      },
    });
  }

  /** When the run has ended, on the clock of `performance.now()`. */
  of(runId: string): Promise<number> {
    return new Promise((resolve) => this.waiting.set(runId, resolve));
  }

  get open(): number {
    return this.waiting.size;
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
  }
}
