import type { StepRunCommand } from '@flows/contracts';
import type { Slots } from './slots.js';

/** A command as it came from its partition. It holds one slot, which whoever processes it gives back. */
export interface DeliveredCommand {
  readonly command: StepRunCommand;
  /** W3C trace context of whoever commanded it. */
  readonly traceparent: string | undefined;
  /** Its input may hold references to the blob store. */
  readonly mayReferToBlobs: boolean;
  readonly slots: Slots;
  /** Finished when the record need not come again. */
  readonly turn: { finish(): void };
}
