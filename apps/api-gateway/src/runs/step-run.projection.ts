import { deriveId, toTypeId, type StepDefinition } from '@flows/contracts';
import { beginAnew, cancelOpen, tell, type ToldStep } from './step-run.changes.js';
import type { StepRunView } from './step-run.view.js';
import type { ItemTally, TraceFact } from './trace-fact.js';

/**
 * The steps of a run, told from its facts: no table keeps them, so nothing can disagree with the history.
 * Pure and total: facts of a kind or a shape it does not know leave the steps as they are.
 *
 *   step.scheduled ─► step.progressed ─► step.retrying ─► step.scheduled … ─► step.completed | step.failed
 *   step.waiting · step.awaiting_event · step.awaiting_approval · step.blocked ─► …
 *   step.iterating · step.spawned ─► …        step.skipped        (run ended: what is open is cancelled; run.retried: it begins anew)
 */
export interface ProjectedRun {
  /** UUID. */
  runId: string;
  /** Of an item of a foreach step: its place in the list. */
  index?: number | null;
  /** Steps of the graph that the run follows, for names and types. */
  steps: readonly Pick<StepDefinition, 'id' | 'type' | 'name'>[];
  /** How the items of its foreach steps stand, by step id. */
  tallies?: ReadonlyMap<string, ItemTally>;
}

/**
 * @param facts in order of seq.
 * @returns steps in the order in which they first began; a step that was never reached is not there.
 */
export function projectSteps(run: ProjectedRun, facts: readonly TraceFact[]): StepRunView[] {
  const told = new Map<string, ToldStep>();
  const stepOf = (stepId: string): ToldStep => {
    const known = told.get(stepId);
    if (known !== undefined) return known;
    const step = { view: blankStep(run, stepId), scheduledAt: null };
    told.set(stepId, step);
    return step;
  };
  for (const fact of facts) {
    if (fact.step_id === undefined) tellRun(told, fact);
    else tell(stepOf(fact.step_id), fact);
  }
  for (const [stepId, tally] of run.tallies ?? []) {
    const children = told.get(stepId)?.view.children;
    // The rows are read beside the facts, and may be a moment ahead or behind.
    if (children != null) Object.assign(children, { done: Math.min(tally.done, children.total), failed: tally.failed });
  }
  return [...told.values()].map(({ view }) => view);
}

function tellRun(told: ReadonlyMap<string, ToldStep>, fact: Extract<TraceFact, { step_id: undefined }>): void {
  switch (fact.type) {
    case 'run.cancelling':
    case 'run.cancelled':
    case 'run.completed':
    case 'run.failed':
    case 'run.timed_out': {
      const at = new Date(fact.at).toISOString();
      for (const step of told.values()) cancelOpen(step, at);
      return;
    }
    case 'run.retried':
      for (const stepId of fact.data.reset) {
        const step = told.get(stepId);
        if (step !== undefined) beginAnew(step);
      }
      return;
    case 'run.started':
    case 'run.paused':
    case 'run.resumed':
    case 'run.input_held':
    case 'run.event_kept':
      return;
  }
}

function blankStep({ runId, index = null, steps }: ProjectedRun, stepId: string): StepRunView {
  const definition = steps.find(({ id }) => id === stepId);
  return {
    id: toTypeId('srun', deriveId(runId, stepId)),
    run_id: toTypeId('run', runId),
    step_id: stepId,
    name: definition?.name ?? null,
    type: definition?.type ?? null,
    index,
    status: 'pending',
    waiting_for: null,
    waiting_since: null,
    wait: null,
    progress: null,
    input: null,
    output: null,
    error: null,
    approval: null,
    approval_request: null,
    children: null,
    child_run_ids: [],
    attempts: [],
    effects: [],
    started_at: null,
    ended_at: null,
  };
}
