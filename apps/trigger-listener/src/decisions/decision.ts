import type { JsonObject } from '@flows/contracts';
import type { QueuedRun } from '@flows/postgres';
import type { Verdict } from '@flows/trigger-rules';
import type { IncomingEvent } from '../intake/incoming-event.js';

/** An entry of the trigger log, with the run that it starts. */
export interface Decision {
  readonly triggerId: string;
  readonly incoming: IncomingEvent;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly details: JsonObject;
  /** Only with the verdict `started`. */
  readonly run: QueuedRun | null;
  /** Later records of the batch that carry the same event. */
  readonly repeats: number;
}
