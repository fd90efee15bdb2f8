import { Inject, Injectable } from '@nestjs/common';
import type { StepOutcome } from '@flows/contracts';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import type { Attempt } from '../attempts/attempt.js';
import { untilDone } from '../combining/patience.js';
import { WriteCombiner } from '../combining/write-combiner.js';
import { waitWithoutSlot } from '../commands/slot-free-wait.js';
import type { Slots } from '../commands/slots.js';
import type { ConnectionUse } from './connection-use.js';
import { PaceStore, SHORT_WAIT_MS, type PlaceRequest, type Reservation } from './pace.store.js';

export type Deferral = Extract<StepOutcome, { status: 'deferred' }>;

const MOST_PER_STATEMENT = 500;
const ASK_FOR_PLACE_EVERY_MS = 200;
const SHORTEST_DEFERRAL_MS = 2_000;
const LONGEST_DEFERRAL_MS = 60_000;
/** Calls that a pause of the provider held up do not all come at the same moment. */
const SPREAD_MS = 1_000;

/** Lets an attempt through to its connection when the connection's limits allow it: now, in a moment, or not here. */
@Injectable()
export class ConnectionLimits {
  private readonly reservations = new WriteCombiner<ConnectionUse, Reservation>(
    (uses) => this.insist(() => this.store.reserve(uses)),
    { mostItems: MOST_PER_STATEMENT },
  );
  private readonly places = new WriteCombiner<PlaceRequest, boolean>(
    (requests) => this.insist(() => this.store.takePlaces(requests)),
    { mostItems: MOST_PER_STATEMENT },
  );
  /** Attempts of this executor that wait for a place, by connection. */
  private readonly waiting = new Map<string, number>();

  constructor(
    private readonly store: PaceStore,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  /** True where `admit` has something to ask: everything else costs nothing. */
  static isLimited({ rate, concurrency, paused }: ConnectionUse): boolean {
    return rate !== null || concurrency !== null || paused;
  }

  /**
   * Waits at most two seconds, without a slot, for the attempt's turn. Its effect must be claimed before.
   * @returns null when it may call now; else what to report, and nothing may be called. @throws what the attempt was aborted with.
   */
  async admit(attempt: Attempt, use: ConnectionUse, slots: Slots): Promise<Deferral | null> {
    const crowded = use.concurrency === null ? null : await this.awaitPlace(attempt, use, slots);
    if (crowded !== null) return crowded;
    if (use.rate === null && !use.paused) return null;
    const { granted, inMs } = await this.reservations.add(use);
    if (granted) {
      if (inMs > 0) await waitWithoutSlot(Math.ceil(inMs), slots, attempt.signal);
      return null;
    }
    const { rate } = use;
    const details = { connection: use.name, ...(rate === null ? {} : { limit: rate.limit, per: rate.per }) };
    const spreadMs = rate === null ? Math.random() * SPREAD_MS : 0;
    return { status: 'deferred', until: Math.ceil(Date.now() + inMs + spreadMs), reason: 'rate_limit', details };
  }

  /** The provider answered that it is called too often: nobody calls it before the time that it asked for. */
  pushBack(use: ConnectionUse, retryAfterMs: number): Promise<void> {
    return this.insist(() => this.store.pushBack(use, retryAfterMs));
  }

  private async awaitPlace(attempt: Attempt, use: ConnectionUse, slots: Slots): Promise<Deferral | null> {
    const request = { use, idempotencyKey: attempt.command.idempotency_key };
    const waiting = (this.waiting.get(use.id) ?? 0) + 1;
    this.waiting.set(use.id, waiting);
    try {
      for (const giveUpAt = Date.now() + SHORT_WAIT_MS; ;) {
        if (await this.places.add(request)) return null;
        if (Date.now() >= giveUpAt) return crowdedOut(use, waiting);
        await waitWithoutSlot(ASK_FOR_PLACE_EVERY_MS * (0.5 + Math.random()), slots, attempt.signal);
      }
    } finally {
      const left = (this.waiting.get(use.id) ?? 1) - 1;
      if (left === 0) this.waiting.delete(use.id);
      else this.waiting.set(use.id, left);
    }
  }

  private insist<T>(work: () => Promise<T>): Promise<T> {
    return untilDone(work, NEVER, (error) =>
      this.logger.error({ err: error }, 'the limits of connections cannot be asked for, trying again'),
    );
  }
}

/** The process may end meanwhile: nothing was called yet, and the command comes again. */
const NEVER = new AbortController().signal;

/** The longer the queue the later the next try, so that a crowd does not ask in vain all the time. */
function crowdedOut(use: ConnectionUse, waiting: number): Deferral {
  const turns = waiting / (use.concurrency ?? 1);
  const laterMs = Math.min(LONGEST_DEFERRAL_MS, Math.max(SHORTEST_DEFERRAL_MS, turns * 1_000)) * (1 + Math.random() / 2);
  return {
    status: 'deferred',
    until: Math.ceil(Date.now() + laterMs),
    reason: 'step_concurrency',
    details: { connection: use.name, concurrency: use.concurrency },
  };
}
