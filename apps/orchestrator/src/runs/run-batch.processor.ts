import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_LOGGER, type Logger } from '@flows/service-kit';
import { initialState, planOfRun, type RunState } from '@flows/run-machine';
import { PlanCache, planKey } from '../plans/plan.cache.js';
import { batchWriteOf } from './batch-write.js';
import { foldRun, type ArrivedInput, type Consequences, type FoldedRun } from './fold-run.js';
import { RunCache } from './run.cache.js';
import { RunStore, StaleRunError, type StoredFact } from './run.store.js';
import { ScopeStore } from './scope.store.js';

/** An input that cannot be folded: kept with its reason, never in the way of others. */
export interface RefusedInput {
  arrived: ArrivedInput;
  code: 'unknown_run' | 'unknown_version' | 'faulted';
  detail: string;
}

export interface BatchResult {
  consequences: Consequences[];
  refused: RefusedInput[];
}

/** A run of the batch with the state that its inputs are folded into. */
interface RunWork {
  inputs: readonly ArrivedInput[];
  state: RunState;
  history: StoredFact[];
}
type InputsByRun = ReadonlyMap<string, readonly ArrivedInput[]>;

/**
 * Folds a whole batch: runs from the cache or in one query, decisions in memory, everything written in one commit.
 * Loses against another writer only as a whole, and then begins again with fresh states.
 */
@Injectable()
export class RunBatchProcessor {
  constructor(
    private readonly store: RunStore,
    private readonly cache: RunCache,
    private readonly plans: PlanCache,
    private readonly scopes: ScopeStore,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger,
  ) {}

  async process(inputs: readonly ArrivedInput[]): Promise<BatchResult> {
    const byRun = groupByRun(inputs);
    for (let first = true; ; first = false) {
      try {
        return await this.foldAndWrite(byRun, first);
      } catch (error) {
        if (!(error instanceof StaleRunError)) throw error;
        this.logger.info({ runs: byRun.size }, 'another writer was ahead: the batch is folded again from fresh states');
        for (const runId of byRun.keys()) this.cache.drop(runId);
      }
    }
  }

  private async foldAndWrite(byRun: InputsByRun, trustRequests: boolean): Promise<BatchResult> {
    const refused: RefusedInput[] = [];
    const folded = new Map<string, FoldedRun>();
    const known: RunWork[] = [];
    const unknown: string[] = [];
    for (const [runId, runInputs] of byRun) {
      const state = this.cache.get(runId) ?? (trustRequests ? this.stateOfRequest(runInputs) : undefined);
      if (state === undefined) unknown.push(runId);
      else known.push({ inputs: runInputs, state, history: [] });
    }
    await this.fold(known, folded, refused);
    const doubtful = known.filter(({ state }) => folded.get(state.runId)?.ignoredAny === true).map(({ state }) => state.runId);
    await this.fold(await this.load([...unknown, ...doubtful], byRun, refused), folded, refused);

    await this.store.write(batchWriteOf(folded.values()));
    for (const run of folded.values()) {
      this.cache.put(run.state);
      for (const { arrived, error } of run.faults) {
        this.logger.error(
          { err: error, input: arrived.input },
          'an input could not be folded, which is a bug: it is kept as a dead letter',
        );
        refused.push({ arrived, code: 'faulted', detail: error.message });
      }
    }
    return { consequences: [...folded.values()].flatMap((run) => run.consequences), refused };
  }

  private async load(runIds: readonly string[], byRun: InputsByRun, refused: RefusedInput[]): Promise<RunWork[]> {
    const loaded = await this.store.load(runIds);
    const works: RunWork[] = [];
    for (const runId of runIds) {
      const inputs = byRun.get(runId) ?? [];
      const run = loaded.get(runId);
      if (run !== undefined) works.push({ inputs, state: run.state, history: run.facts });
      else for (const arrived of inputs) refused.push({ arrived, code: 'unknown_run', detail: `There is no run ${runId}` });
    }
    return works;
  }

  private async fold(works: readonly RunWork[], into: Map<string, FoldedRun>, refused: RefusedInput[]): Promise<void> {
    const versions = await this.plans.load(works.map(({ state }) => state));
    for (const { state, inputs, history } of works) {
      const version = versions.get(planKey(state));
      const plan = version === undefined ? null : planOfRun(version.plan, state.scope?.body);
      if (plan !== null) {
        into.set(state.runId, foldRun(plan, state, inputs, history));
        continue;
      }
      const detail = `Version ${state.version} of workflow ${state.workflowId} is not there or does not compile`;
      for (const arrived of inputs) refused.push({ arrived, code: 'unknown_version', detail });
    }
  }

  /**
   * A request carries all that its queued row holds, so a run that begins needs no look at the database: if the row is
   * missing or has moved on, the fenced write says so. An item's scope is at hand where its foreach step was folded.
   */
  private stateOfRequest(inputs: readonly ArrivedInput[]): RunState | undefined {
    const input = inputs[0]?.input;
    if (input?.type !== 'run.requested') return undefined;
    const scope = input.scope_id === undefined ? null : this.scopes.peek(input.scope_id);
    if (scope === undefined) return undefined;
    return initialState({
      runId: input.run_id,
      workspaceId: input.workspace_id,
      workflowId: input.workflow_id,
      version: input.version,
      payload: input.payload,
      trigger: input.trigger,
      createdAt: input.created_at,
      parent: input.parent ?? null,
      scope: scope === null ? null : { ...scope, body: input.body ?? [] },
    });
  }
}

function groupByRun(inputs: readonly ArrivedInput[]): InputsByRun {
  const byRun = new Map<string, ArrivedInput[]>();
  for (const arrived of inputs) {
    const { run_id: runId } = arrived.input;
    const sameRun = byRun.get(runId);
    if (sameRun !== undefined) sameRun.push(arrived);
    else byRun.set(runId, [arrived]);
  }
  return byRun;
}
