import { compileFlow, type FlowPlan } from '@flows/flow-graph';
import { initialState, planOfRun, type RunScope, type RunState } from '@flows/run-machine';
import type { RunParent } from '@flows/contracts';
import type { Evidence, FactRow, RunRow } from './evidence.js';

/** A run with its facts in order, the plan that it is pinned to, and the state that it had before its first fact. */
export interface RunHistory {
  run: RunRow;
  facts: FactRow[];
  /** Null when its version is not there or does not compile. */
  plan: FlowPlan | null;
  initial: RunState;
}

const known = new WeakMap<Evidence, Map<string, RunHistory>>();

/** Every run of the evidence, put together once. */
export function historiesOf(evidence: Evidence): Map<string, RunHistory> {
  let histories = known.get(evidence);
  if (histories === undefined) known.set(evidence, (histories = assemble(evidence)));
  return histories;
}

function assemble(evidence: Evidence): Map<string, RunHistory> {
  const facts = Map.groupBy(evidence.facts, (fact) => fact.run_id);
  const runs = new Map(evidence.runs.map((run) => [run.id, run]));
  const plans = new Map<string, FlowPlan | null>();
  for (const { workflow_id, number, definition } of evidence.versions) {
    const compiled = compileFlow(definition);
    plans.set(`${workflow_id}@${number}`, compiled.ok ? compiled.plan : null);
  }
  return new Map(
    evidence.runs.map((run) => {
      const plan = plans.get(`${run.workflow_id}@${run.version}`) ?? null;
      return [
        run.id,
        {
          run,
          facts: (facts.get(run.id) ?? []).sort((a, b) => a.seq - b.seq),
          plan: plan === null ? null : planOfRun(plan, run.body),
          initial: initialState({
            runId: run.id,
            workspaceId: run.workspace_id,
            workflowId: run.workflow_id,
            version: run.version,
            payload: run.payload,
            trigger: run.trigger,
            createdAt: run.created_at,
            parent: parentOf(run),
            scope: scopeOf(run, evidence, runs),
          }),
        },
      ];
    }),
  );
}

function parentOf({ parent_run_id, parent_step_id, item_index, depth }: RunRow): RunParent | null {
  if (parent_run_id === null || parent_step_id === null) return null;
  const parent = { run_id: parent_run_id, step_id: parent_step_id, depth };
  return item_index === null ? { ...parent, kind: 'flow' } : { ...parent, kind: 'item', index: item_index };
}

/** What an item's expressions see of the outside: its scope, with the payload and the trigger of the root run. */
function scopeOf(run: RunRow, evidence: Evidence, runs: ReadonlyMap<string, RunRow>): RunScope | null {
  const scope = evidence.scopes.find(({ id }) => id === run.scope_id);
  if (scope === undefined) return null;
  const root = runs.get(scope.root_run_id);
  const { run: seen, steps } = scope.data as unknown as Pick<RunScope, 'run' | 'steps'>;
  return {
    id: scope.id,
    body: run.body ?? [],
    rootRunId: scope.root_run_id,
    payload: root?.payload ?? null,
    trigger: root?.trigger ?? { type: 'flow' },
    run: seen,
    steps,
  };
}
