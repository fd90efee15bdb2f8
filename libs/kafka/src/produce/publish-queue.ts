import type { OutgoingMessage } from '../kafka-driver.port.js';

/** Messages that go out in one request. `deadlineAt` is on the clock of `performance.now()`. */
export interface Parcel {
  messages: readonly OutgoingMessage[];
  sizeBytes: number;
  deadlineAt: number;
  delivered(): void;
  failed(error: unknown): void;
}

/** kafkajs copies the list of a partition once per message, so the cost of a request grows with the square of its length. */
const MAX_MESSAGES_PER_REQUEST = 2_000;

/**
 * Decides what shares a request: everything that waits when the line becomes free, up to the size limit, in order of arrival.
 *
 * INVARIANT: one request at a time, so no retry can overtake a later message of the same key.
 */
export class PublishQueue {
  private waiting: Parcel[] = [];
  private busy = false;
  private idle: (() => void)[] = [];

  constructor(
    private readonly send: (parcels: readonly Parcel[]) => Promise<void>,
    private readonly maxRequestBytes: number,
  ) {}

  /** Calls within one turn of the event loop share a request; none waits for a timer. */
  add(parcel: Parcel): void {
    this.waiting.push(parcel);
    if (this.busy) return;
    this.busy = true;
    queueMicrotask(() => void this.drain());
  }

  /** Resolves when nothing waits and nothing is under way. */
  whenIdle(): Promise<void> {
    return this.busy ? new Promise((resolve) => this.idle.push(resolve)) : Promise.resolve();
  }

  /** `send` settles each parcel itself and must not throw. */
  private async drain(): Promise<void> {
    while (this.waiting.length > 0) await this.send(this.takeRequest());
    this.busy = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private takeRequest(): Parcel[] {
    let sizeBytes = 0;
    let messages = 0;
    let count = 0;
    for (const parcel of this.waiting) {
      sizeBytes += parcel.sizeBytes;
      messages += parcel.messages.length;
      if (count > 0 && (sizeBytes > this.maxRequestBytes || messages > MAX_MESSAGES_PER_REQUEST)) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }
}

/** Cuts what one caller publishes into pieces that fit a request; order is kept. */
export const splitBySize = (
  messages: readonly OutgoingMessage[],
  sizeOf: (message: OutgoingMessage) => number,
  maxRequestBytes: number,
): { messages: readonly OutgoingMessage[]; sizeBytes: number }[] => {
  const pieces: { messages: OutgoingMessage[]; sizeBytes: number }[] = [];
  for (const message of messages) {
    const size = sizeOf(message);
    let piece = pieces.at(-1);
    if (!piece || piece.sizeBytes + size > maxRequestBytes || piece.messages.length >= MAX_MESSAGES_PER_REQUEST) {
      piece = { messages: [], sizeBytes: 0 };
      pieces.push(piece);
    }
    piece.messages.push(message);
    piece.sizeBytes += size;
  }
  return pieces;
};
