import type { ReceivedEvent } from '@flows/contracts';

/** The event in the output of a wait that an event ended. */
export function eventOf(output: unknown): ReceivedEvent | null {
  const { event } = (output ?? {}) as { event?: Partial<ReceivedEvent> };
  return typeof event?.source === 'string' && typeof event.id === 'string' ? (event as ReceivedEvent) : null;
}
