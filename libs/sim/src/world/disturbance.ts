import type { FaultRates } from '../faults/fault-rates.js';
import { NO_FAULTS } from '../faults/fault-rates.js';
import type { Rng } from '../kernel/rng.js';

/** Postgres, Kafka or a provider does not do as it is told, or does not say so. What was asked may have happened: nobody knows. */
export class InfrastructureError extends Error {}

/** Decides which operation goes wrong, and how long each takes. Each part of the world has its own, with a stream of its own. */
export class Disturbance {
  private rates: FaultRates;

  constructor(
    private readonly rng: Rng,
    rates: FaultRates,
  ) {
    this.rates = rates;
  }

  /** Faults stop. */
  heal(): void {
    this.rates = NO_FAULTS;
  }

  /** One draw whether or not the kind is switched on, so that switching one off does not shift the others. */
  hits(kind: keyof FaultRates): boolean {
    return this.rng.chance(this.rates[kind]);
  }

  latency(): number {
    const ms = 1 + this.rng.int(4);
    return this.hits('slow') ? ms * 100 : ms;
  }

  int(below: number): number {
    return this.rng.int(below);
  }
}
