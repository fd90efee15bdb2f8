import type { Rng } from '../kernel/rng.js';

/** How likely each operation goes wrong, each drawn from a log scale, or switched off for the whole seed (swarm testing). */
export interface FaultRates {
  /** A transaction is refused; nothing is written. */
  pgFails: number;
  /** It is committed, and the reply gets lost. */
  pgReplyLost: number;
  /** Nothing, or only a part of a batch, is appended. */
  publishFails: number;
  publishReplyLost: number;
  /** A record is appended twice. */
  publishTwice: number;
  /** Offsets are not committed. */
  offsetsFail: number;
  /** The provider is not reached. */
  callFails: number;
  /** It did what it was asked, and nobody hears of it. */
  callReplyLost: number;
  /** It answers after the attempt's time-out. */
  callSlow: number;
  /** A limit of the connection puts the attempt off. */
  callDeferred: number;
  /** The connection has to be re-authorised. */
  callUnauthorised: number;
  /** A step takes a hundred times as long. */
  slow: number;
}

export const NO_FAULTS: FaultRates = {
  pgFails: 0,
  pgReplyLost: 0,
  publishFails: 0,
  publishReplyLost: 0,
  publishTwice: 0,
  offsetsFail: 0,
  callFails: 0,
  callReplyLost: 0,
  callSlow: 0,
  callDeferred: 0,
  callUnauthorised: 0,
  slow: 0,
};

export function drawRates(rng: Rng): FaultRates {
  const rates = { ...NO_FAULTS };
  for (const kind of Object.keys(rates) as (keyof FaultRates)[]) {
    const on = rng.chance(0.5);
    const rate = rng.logBetween(0.002, 0.2);
    if (on) rates[kind] = Number(rate.toPrecision(3));
  }
  return rates;
}
