import type { ClientOperation } from './evidence.js';

/** Keeps what clients asked for and were told, in the order of asking. */
export class ClientHistory {
  readonly operations: ClientOperation[] = [];

  /**
   * Does it and notes how it ended: with the id that it returns as `ok`, with null as refused; a rejection leaves it unknown, and is no
   * failure of the test: during a fault that is how things go.
   */
  async note(...operation: Parameters<ClientHistory['enter']>): Promise<string | null> {
    const { outcome, id } = await this.enter(...operation);
    return outcome === 'ok' ? id : null;
  }

  /** The same, for who has to tell a refusal from silence. */
  async enter(
    op: ClientOperation['op'],
    work: () => Promise<string | null>,
    more: Partial<Pick<ClientOperation, 'idempotencyKey' | 'id'>> = {},
  ): Promise<ClientOperation> {
    const entry: ClientOperation = { op, invokedAt: Date.now(), endedAt: 0, outcome: 'unknown', id: null, ...more };
    this.operations.push(entry);
    try {
      const id = await work();
      entry.outcome = id === null ? 'fail' : 'ok';
      if (id !== null) entry.id = id;
    } catch {
      // Nobody knows.
    }
    entry.endedAt = Date.now();
    return entry;
  }
}
