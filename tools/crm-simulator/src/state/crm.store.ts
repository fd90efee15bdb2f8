/**
 * Owns the state and its durability. `commit` changes memory at once and resolves when the changes are on disk; commits
 * that come while the disk is busy share its next write. Refuses deciding what to change.
 */
import type { Change } from './change.js';
import { applyChange, emptyState, forgetOldKeys, type CrmState } from './crm-state.js';
import { DataFiles } from './data-files.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';
import { ANSWER_TTL_MS } from '../idempotency/idempotency-claims.js';

const LINES_PER_LOG = 20_000;

interface PendingCommit {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class CrmStore {
  private pending: PendingCommit[] = [];
  private writing: Promise<void> | undefined;
  private linesInLog = 0;
  private failure: Error | undefined;
  private closing: Promise<void> | undefined;
  private readonly listeners: (() => void)[] = [];
  /** Resolves when the disk refused a write: memory is ahead of the file then, and the process must end. */
  readonly failed: Promise<Error>;
  private reportFailure: (error: Error) => void = () => undefined;

  private constructor(
    readonly state: CrmState,
    private readonly files: DataFiles,
  ) {
    this.failed = new Promise((resolve) => (this.reportFailure = resolve));
  }

  /** Loads what was committed, or starts with `seed`; throws when the files cannot be read as ours. */
  static async open(path: string, seed: () => readonly Change[]): Promise<CrmStore> {
    const files = new DataFiles(path);
    const text = await files.readSnapshot();
    const { state, generation } = text === null ? { state: emptyState(), generation: 0 } : loadSnapshot(path, text);
    if (text === null) for (const change of seed()) applyChange(state, change);
    else for (const changes of await files.openLog(generation)) for (const change of changes) applyChange(state, change);
    const store = new CrmStore(state, files);
    await store.compact();
    return store;
  }

  /** Called after every commit that queued an event. */
  onEventQueued(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Applies the changes as one, in memory now; resolves when they are durable. Either all of them survive a crash or none. */
  commit(changes: readonly Change[]): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.closing) return Promise.reject(new Error('The CRM is closed.'));
    if (changes.length === 0) return Promise.resolve();
    for (const change of changes) applyChange(this.state, change);
    const durable = new Promise<void>((resolve, reject) => {
      this.pending.push({ line: JSON.stringify(changes), resolve, reject });
    });
    this.writing ??= this.writePending();
    if (changes.some((change) => change.kind === 'event_queued')) for (const listener of this.listeners) listener();
    return durable;
  }

  /** Waits for what was committed, then writes a last snapshot. Later commits are rejected, later calls wait for the first. */
  close(): Promise<void> {
    this.closing ??= this.writeLastSnapshot();
    return this.closing;
  }

  private async writeLastSnapshot(): Promise<void> {
    await this.writing;
    if (!this.failure) await this.compact();
    await this.files.close();
  }

  private async writePending(): Promise<void> {
    while (this.pending.length > 0) {
      const batch = this.pending;
      this.pending = [];
      try {
        if (this.linesInLog >= LINES_PER_LOG) await this.compact();
        else await this.append(batch);
        for (const commit of batch) commit.resolve();
      } catch (error) {
        this.fail(batch, error);
      }
    }
    this.writing = undefined;
  }

  private async append(batch: readonly PendingCommit[]): Promise<void> {
    await this.files.appendLines(batch.map((commit) => commit.line));
    this.linesInLog += batch.length;
  }

  /** INVARIANT: nothing is awaited before the snapshot is taken, so it holds exactly the commits up to the batch being written. */
  private async compact(): Promise<void> {
    forgetOldKeys(this.state, Date.now() - ANSWER_TTL_MS);
    await this.files.replaceSnapshot((generation) => writeSnapshot(this.state, generation));
    this.linesInLog = 0;
  }

  private fail(batch: readonly PendingCommit[], error: unknown): void {
    this.failure ??= new Error('The CRM data could not be written.', { cause: error });
    for (const commit of [...batch, ...this.pending]) commit.reject(this.failure);
    this.pending = [];
    this.reportFailure(this.failure);
  }
}

function loadSnapshot(path: string, text: string): { readonly state: CrmState; readonly generation: number } {
  try {
    return readSnapshot(text);
  } catch (error) {
    throw new Error(`${path} is no CRM data: ${(error as Error).message}. Move it away to start afresh.`, { cause: error });
  }
}
