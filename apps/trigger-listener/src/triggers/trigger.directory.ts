import { TriggerIndex } from '@flows/trigger-rules';
import { compileRecord, type LiveTrigger, type TriggerRecord } from './live-trigger.js';
import type { TriggerStore } from './trigger.store.js';

/**
 * All triggers in memory, compiled and indexed. Owns how they stay current; refuses to decide anything.
 *
 * INVARIANT: after `refresh` every change that was committed before the call is in force. A batch refreshes first, so a trigger counts
 * from the moment its creation was acknowledged, in every replica; the price is one small query per batch, not per event.
 */
export class TriggerDirectory {
  private readonly index = new TriggerIndex<LiveTrigger & { readonly text: string }>();
  /** Null before the first load. */
  private horizon: string | null = null;
  /** Changes at or above the horizon that were applied: they come again until the transactions beside them have ended. */
  private applied = new Set<number>();
  /** Refreshes run one after the other; one that waits to begin serves all who ask meanwhile. */
  private running: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | null = null;

  constructor(private readonly store: TriggerStore) {}

  get size(): number {
    return this.index.size;
  }

  find(workspaceId: string, eventType: string): LiveTrigger[] {
    return this.index.find(workspaceId, eventType);
  }

  refresh(): Promise<void> {
    return (this.waiting ??= this.enqueue(() => {
      this.waiting = null;
      return this.horizon === null ? this.loadAll() : this.applyChanges(this.horizon);
    }));
  }

  /** Loads everything: at boot, and now and then against whatever changed the table without a trace (a restored backup). */
  reload(): Promise<void> {
    return this.enqueue(() => this.loadAll());
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    const turn = this.running.then(work);
    // Who asked gets the error; the next in the queue starts afresh.
    this.running = turn.catch(() => undefined);
    return turn;
  }

  private async loadAll(): Promise<void> {
    // The horizon first: rows read after it may be newer, then they are loaded once more and are equal.
    const { horizon } = await this.store.readChanges('0');
    const records = await this.store.load();
    const kept = new Set(records.map((record) => record.id));
    for (const id of [...this.index.ids()]) if (!kept.has(id)) this.index.delete(id);
    for (const record of records) this.put(record);
    this.horizon = horizon;
    this.applied.clear();
  }

  private async applyChanges(since: string): Promise<void> {
    const { horizon, changes } = await this.store.readChanges(since);
    const ids = new Set(changes.filter(({ seq }) => !this.applied.has(seq)).map((change) => change.trigger_id));
    if (ids.size > 0) {
      const records = await this.store.load([...ids]);
      for (const record of records) {
        this.put(record);
        ids.delete(record.id);
      }
      for (const deleted of ids) this.index.delete(deleted);
    }
    this.horizon = horizon;
    this.applied = new Set(changes.map(({ seq }) => seq));
  }

  /** Compiles only what differs. */
  private put(record: TriggerRecord): void {
    const text = JSON.stringify(record);
    if (this.index.get(record.id)?.text !== text) this.index.set({ ...compileRecord(record), text });
  }
}
