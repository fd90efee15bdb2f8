import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { LetGo, type Attempt } from '../attempts/attempt.js';
import { EffectLedger } from './effect.ledger.js';

const RENEW_EVERY_MS = 5_000;

/**
 * Keeps the leases of running attempts alive, and stops an attempt whose lease went to another executor, such as after this process
 * stood still for longer than a lease lasts.
 */
@Injectable()
export class LeaseKeeper {
  private readonly kept = new Map<string, Attempt>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: EffectLedger,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.renew(), RENEW_EVERY_MS);
  }

  keep(attempt: Attempt): void {
    this.kept.set(attempt.command.idempotency_key, attempt);
  }

  forget(attempt: Attempt): void {
    // A later attempt under the same key keeps its own lease.
    const key = attempt.command.idempotency_key;
    if (this.kept.get(key) === attempt) this.kept.delete(key);
  }

  /** Never rejects: a renewal that fails is tried again with the next one, before the lease is over. */
  async renew(): Promise<void> {
    const keys = [...this.kept.keys()];
    if (keys.length === 0) return;
    try {
      const renewed = await this.ledger.renew(keys);
      // Settled in the meantime: forgotten by now, or about to be, and then there is nothing left to stop.
      for (const key of keys) if (!renewed.has(key)) this.kept.get(key)?.abort(new LetGo('another executor took over'));
    } catch (error) {
      this.logger.warn({ err: error, leases: keys.length }, 'leases could not be renewed, trying again');
    }
  }

  /** Lets others take over what did not end here. */
  async releaseAll(): Promise<void> {
    clearInterval(this.timer);
    const keys = [...this.kept.keys()];
    this.kept.clear();
    if (keys.length > 0) await this.ledger.release(keys);
  }
}
