import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { RunFact } from '@flows/contracts';
import {
  inTransaction,
  parentOf,
  readSql,
  subscribeToEvents,
  unsubscribeFromEvents,
  type EventSubscription,
  type RunRequestRow,
} from '@flows/postgres';
import {
  fold,
  initialState,
  isTerminal,
  settledSteps,
  waitingFor,
  wakeAt,
  type RunScope,
  type RunState,
} from '@flows/run-machine';
import { ApprovalStore, type ApprovalToClose, type ApprovalToOpen } from '../approvals/approval.store.js';
import { ENGINE_POOL } from '../orchestrator.tokens.js';
import { ScopeStore } from './scope.store.js';

const LOAD_RUNS = readSql(import.meta.url, './sql/load-runs.sql');
const LOAD_FACTS = readSql(import.meta.url, './sql/load-facts.sql');
const WRITE_RUNS = readSql(import.meta.url, './sql/write-runs.sql');

/** A fact as it is stored: with the input that caused it. */
export type StoredFact = RunFact & { caused_by: string };

const encoded = new WeakMap<StoredFact, string>();

/** What a fact says, as JSON: made once, for the row and for the run event. */
export function dataJsonOf(fact: StoredFact): string {
  let json = encoded.get(fact);
  if (json === undefined) {
    json = JSON.stringify(fact.data);
    encoded.set(fact, json);
  }
  return json;
}

export interface LoadedRun {
  state: RunState;
  facts: StoredFact[];
}

/** A run that a batch has moved. */
export interface RunWrite {
  state: RunState;
  /** The seq that was read; the write holds only if it still stands. */
  expectedSeq: number;
  stepsTotal: number;
  facts: StoredFact[];
}

export interface BatchWrite {
  runs: RunWrite[];
  arm: { runId: string; workspaceId: string; timerId: string; dueAt: number }[];
  disarm: { runId: string; timerId: string }[];
  subscribe: SubscriptionToWrite[];
  unsubscribe: { runId: string; stepId: string }[];
  ask: ApprovalToOpen[];
  answer: ApprovalToClose[];
}
export type SubscriptionToWrite = EventSubscription;

/** Somebody else has moved one of the runs since it was read: nothing was written. */
export class StaleRunError extends Error {}

/** Owns the SQL of runs, facts and timers. Decides nothing; a run's state is always the fold of its facts. */
@Injectable()
export class RunStore {
  constructor(
    @Inject(ENGINE_POOL) private readonly pool: pg.Pool,
    private readonly scopes: ScopeStore,
    private readonly approvals: ApprovalStore,
  ) {}

  /** Runs with their whole history, by id; ids without a row are absent. */
  async load(runIds: readonly string[]): Promise<Map<string, LoadedRun>> {
    if (runIds.length === 0) return new Map();
    const [runs, facts] = await Promise.all([
      this.pool.query<RunRequestRow>({ name: 'load-runs', text: LOAD_RUNS, values: [runIds] }),
      this.pool.query<FactRow>({ name: 'load-facts', text: LOAD_FACTS, values: [runIds] }),
    ]);
    const histories = new Map<string, StoredFact[]>();
    for (const { run_id, step_id, ...fact } of facts.rows) {
      const history = histories.get(run_id) ?? [];
      if (history.length === 0) histories.set(run_id, history);
      history.push({ ...fact, at: Math.round(fact.at), step_id: step_id ?? undefined } as StoredFact);
    }
    const scopes = await this.scopes.load(new Set(runs.rows.flatMap(({ scope_id }) => scope_id ?? [])));
    const loaded = new Map<string, LoadedRun>();
    for (const row of runs.rows) {
      const scope = row.scope_id === null ? null : scopes.get(row.scope_id);
      // Kept before its first item's row was: without it there is no such run.
      if (scope === undefined) continue;
      const history = histories.get(row.run_id) ?? [];
      const identity = identityOf(row, scope === null ? null : { ...scope, body: row.body ?? [] });
      // The row may be a commit ahead of or behind what the second query saw; the facts are the truth, and the write is fenced by their number.
      loaded.set(row.run_id, { state: fold(initialState(identity), history), facts: history });
    }
    return loaded;
  }

  /**
   * Writes a batch in one commit, or nothing.
   * @throws StaleRunError when a run was moved by somebody else since it was read.
   */
  async write(write: BatchWrite): Promise<void> {
    const { subscribe, unsubscribe, ask, answer } = write;
    if (subscribe.length + unsubscribe.length + ask.length + answer.length === 0) return this.writeRuns(this.pool, write);
    await inTransaction(this.pool, async (client) => {
      await this.writeRuns(client, write);
      await unsubscribeFromEvents(client, unsubscribe);
      await subscribeToEvents(client, subscribe);
      await this.approvals.open(client, ask);
      await this.approvals.close(client, answer);
    });
  }

  private async writeRuns(client: pg.Pool | pg.PoolClient, { runs, arm, disarm }: BatchWrite): Promise<void> {
    if (runs.length + arm.length + disarm.length === 0) return;
    // One order for everybody: two writers of the same runs wait for each other instead of deadlocking.
    const rows = [...runs].sort((a, b) => (a.state.runId < b.state.runId ? -1 : 1));
    const facts = rows.flatMap(({ state, facts: caused }) => caused.map((fact) => ({ state, fact })));
    const values = [
      ...columns(rows, RUN_COLUMNS),
      ...columns(facts, FACT_COLUMNS),
      arm.map((timer) => timer.runId),
      arm.map((timer) => timer.timerId),
      arm.map((timer) => timer.workspaceId),
      arm.map((timer) => timer.dueAt),
      disarm.map((timer) => timer.runId),
      disarm.map((timer) => timer.timerId),
    ];
    try {
      await client.query({ name: 'write-runs', text: WRITE_RUNS, values });
    } catch (error) {
      const code = (error as { code?: string }).code;
      // unique_violation on (run_id, seq), or assert_all_written's serialization_failure.
      if (code === '23505' || code === '40001') throw new StaleRunError('A run was moved by another writer', { cause: error });
      throw error;
    }
  }
}

type FactRow = Omit<StoredFact, 'step_id'> & { run_id: string; step_id: string | null };

function identityOf(row: RunRequestRow, scope: RunScope | null) {
  return {
    runId: row.run_id,
    workspaceId: row.workspace_id,
    workflowId: row.workflow_id,
    version: row.version,
    payload: row.payload,
    trigger: row.trigger,
    createdAt: Math.round(row.created_at),
    parent: parentOf(row),
    scope,
  };
}

const json = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

/** In the order of the parameters of write-runs.sql. */
const RUN_COLUMNS: ((run: RunWrite) => unknown)[] = [
  ({ state }) => state.runId,
  ({ expectedSeq }) => expectedSeq,
  ({ state }) => state.seq,
  ({ state }) => state.status,
  ({ state }) => waitingFor(state),
  ({ state }) => (isTerminal(state.status) ? json(state.output) : null),
  ({ state }) => json(state.error),
  ({ state }) => state.viaFallback,
  ({ state }) => json(state.cost),
  ({ state }) => settledSteps(state),
  ({ stepsTotal }) => stepsTotal,
  ({ state }) => state.startedAt,
  ({ state }) => state.endedAt,
  ({ state }) => wakeAt(state),
  ({ state }) => state.waitingSince,
  ({ state }) => state.stoppedAt,
  ({ state }) => state.expiresAt,
  // Retried, or paused before it had begun: whoever admits runs admits it anew.
  ({ state, facts }) => state.status === 'queued' && facts.some(({ type }) => type === 'run.retried' || type === 'run.resumed'),
  ({ state }) => state.begun,
];
const FACT_COLUMNS: ((entry: { state: RunState; fact: StoredFact }) => unknown)[] = [
  ({ state }) => state.runId,
  ({ fact }) => fact.seq,
  ({ state }) => state.workspaceId,
  ({ fact }) => fact.type,
  ({ fact }) => fact.at,
  ({ fact }) => fact.step_id ?? null,
  ({ fact }) => dataJsonOf(fact),
  ({ fact }) => fact.caused_by,
];

function columns<T>(rows: readonly T[], read: readonly ((row: T) => unknown)[]): unknown[][] {
  return read.map((column) => rows.map(column));
}
