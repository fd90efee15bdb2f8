import { Inject, Injectable } from '@nestjs/common';
import type { StepOutcome, StepRunCommand } from '@flows/contracts';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type { EndedAttempt } from '../attempts/attempt-result.js';
import { LetGo, type Attempt } from '../attempts/attempt.js';
import { untilDone } from '../combining/patience.js';
import { WriteCombiner } from '../combining/write-combiner.js';
import { waitWithoutSlot } from '../commands/slot-free-wait.js';
import type { Slots } from '../commands/slots.js';
import type { Claim, ClaimRequest } from './effect.claim.js';
import { EffectLedger, type Settlement } from './effect.ledger.js';
import { LeaseKeeper } from './lease.keeper.js';
import { hashRequest } from './request-hash.js';

export type Entry = Exclude<Claim, { kind: 'held' }>;

const MOST_PER_STATEMENT = 500;
/** A lease may end long before its time: with the outcome, which is then reported at once. */
const LONGEST_WAIT_MS = 1_000;
/** Outcomes may be of 1 MiB each. */
const MOST_CHARACTERS_PER_STATEMENT = 4 * 1024 * 1024;

/**
 * Every effectful attempt enters through here and leaves through here. Combines the ledger's statements, waits where another executor
 * holds the effect, and keeps the lease in between. A database that fails is waited for.
 */
@Injectable()
export class EffectGate {
  /** Aborted when the process stops: no more waiting for others. */
  private readonly closing = new AbortController();
  /** Aborted when the process cannot wait any longer, also not for the database. */
  private readonly givingUp = new AbortController();
  private readonly claims = new WriteCombiner<ClaimRequest, Claim>(
    (requests) => this.insist('claim', () => this.ledger.claim(requests)),
    { mostItems: MOST_PER_STATEMENT },
  );
  private readonly settlements = new WriteCombiner<Settlement, boolean>(
    (settlements) => this.insist('settle', () => this.ledger.settle(settlements)),
    { mostItems: MOST_PER_STATEMENT, mostWeight: MOST_CHARACTERS_PER_STATEMENT, weigh: ({ outcome }) => outcome.length },
  );

  constructor(
    private readonly ledger: EffectLedger,
    private readonly leases: LeaseKeeper,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {
    leases.start();
  }

  /** While it waits for another executor's lease it gives the slot back. @throws LetGo when the process stops meanwhile, or what the attempt was aborted with. */
  async enter(attempt: Attempt, keyed: boolean, slots: Slots): Promise<Entry> {
    const request = { command: attempt.command, keyed, requestHash: hashRequest(attempt.command) };
    for (;;) {
      const claim = await this.claims.add(request);
      if (claim.kind === 'granted' || claim.kind === 'in_doubt') this.leases.keep(attempt);
      if (claim.kind !== 'held') return claim;
      await waitWithoutSlot(
        Math.min(claim.retryInMs, LONGEST_WAIT_MS),
        slots,
        AbortSignal.any([this.closing.signal, attempt.signal]),
      );
    }
  }

  /** @returns false when the effect is no longer ours: then its outcome is for another executor to report. */
  settle({ command }: Attempt, { state, outcome, receipt }: EndedAttempt): Promise<boolean> {
    return this.settlements.add({ command, state, outcome: JSON.stringify(outcome), receipt });
  }

  /** After the settlement, or when nothing is to be settled. */
  leave(attempt: Attempt): void {
    this.leases.forget(attempt);
  }

  /** The attempt ended without an outcome that counts: a later one may take the effect over at once. It must be keyed. */
  async release(attempt: Attempt): Promise<void> {
    this.leases.forget(attempt);
    await this.insist('release', () => this.ledger.release([attempt.command.idempotency_key]));
  }

  /** Nothing was called: the effect is as if it had not been claimed. */
  async withdraw(attempt: Attempt): Promise<void> {
    this.leases.forget(attempt);
    await this.insist('withdraw', () => this.ledger.withdraw([attempt.command.idempotency_key]));
  }

  findOutcome(command: StepRunCommand): Promise<StepOutcome | null> {
    return this.insist('find outcome', () => this.ledger.findOutcome(command));
  }

  /** From now on nobody waits for another executor's lease. */
  close(): void {
    this.closing.abort(new LetGo('the executor stops'));
  }

  /** What did not end here may be taken over at once. Rejects when the database fails: then the leases run out by themselves. */
  async abandon(): Promise<void> {
    this.givingUp.abort();
    await this.leases.releaseAll();
  }

  private insist<T>(what: string, work: () => Promise<T>): Promise<T> {
    return untilDone(work, this.givingUp.signal, (error) =>
      this.logger.error({ err: error }, `the effect ledger does not answer (${what}), trying again`),
    );
  }
}
