import { deriveId, toTypeId, type FactData, type RunFact, type StepDefinition } from '@flows/contracts';
import type { AttemptView, StepRunView } from './step-run.view.js';

/**
 * The steps of a run, told from its facts alone: no table keeps them, so nothing can disagree with the history.
 * Pure and total: facts of a kind or a shape it does not know leave the steps as they are.
 *
 *   step.scheduled ──► step.retrying ──► step.scheduled … ──► step.completed | step.failed
 *   step.waiting ──► step.completed        step.skipped        (run ended: what is open is cancelled)
 */
export interface ProjectedRun {
  /** UUID. */
  runId: string;
  /** Steps of the run's version, for names and types. */
  steps: readonly Pick<StepDefinition, 'id' | 'type' | 'name'>[];
}

/** @param facts in order of seq. @returns steps in the order in which they began; a step that was never reached is not there. */
export function projectSteps(run: ProjectedRun, facts: readonly RunFact[]): StepRunView[] {
  const views = new Map<string, StepRunView>();
  /** When the open attempt was scheduled, by step id. */
  const scheduledAt = new Map<string, number>();
  const viewOf = (stepId: string): StepRunView => {
    const known = views.get(stepId);
    if (known !== undefined) return known;
    const view = blankStep(run, stepId);
    views.set(stepId, view);
    return view;
  };
  for (const fact of facts) {
    const at = new Date(fact.at).toISOString();
    switch (fact.type) {
      case 'step.scheduled': {
        const view = viewOf(fact.step_id);
        Object.assign(view, {
          status: 'scheduled',
          waiting_for: null,
          input: fact.data.input,
          error: null,
          started_at: view.started_at ?? at,
        });
        view.attempts.push(scheduledAttempt(fact.data));
        scheduledAt.set(fact.step_id, fact.at);
        break;
      }
      case 'step.waiting':
        Object.assign(viewOf(fact.step_id), { status: 'waiting', waiting_for: 'timer', started_at: at });
        break;
      case 'step.retrying': {
        const view = viewOf(fact.step_id);
        Object.assign(view, { status: 'retrying', waiting_for: 'timer', error: fact.data.error });
        endAttempt(view, fact.data.attempt, scheduledAt.get(fact.step_id), {
          ...source(fact.data),
          status: 'failed',
          error: fact.data.error,
          ended_at: at,
        });
        break;
      }
      case 'step.completed': {
        const view = viewOf(fact.step_id);
        const { attempt, output, cost, effects } = fact.data;
        Object.assign(view, {
          status: 'completed',
          waiting_for: null,
          output,
          error: null,
          effects: effects ?? [],
          started_at: view.started_at ?? at,
          ended_at: at,
        });
        if (attempt !== undefined) {
          endAttempt(view, attempt, scheduledAt.get(fact.step_id), {
            ...source(fact.data),
            status: 'completed',
            output,
            cost: cost ?? null,
            ended_at: at,
          });
        }
        break;
      }
      case 'step.failed': {
        const view = viewOf(fact.step_id);
        const { attempt, error } = fact.data;
        Object.assign(view, { status: 'failed', waiting_for: null, error, started_at: view.started_at ?? at, ended_at: at });
        endAttempt(view, attempt, scheduledAt.get(fact.step_id), { ...source(fact.data), status: 'failed', error, ended_at: at });
        break;
      }
      case 'step.skipped':
        Object.assign(viewOf(fact.step_id), { status: 'skipped', ended_at: at });
        break;
      case 'run.completed':
      case 'run.failed':
      case 'run.timed_out':
        for (const view of views.values()) cancelOpen(view, at);
        break;
      case 'run.started':
        break;
    }
  }
  return [...views.values()];
}

function blankStep({ runId, steps }: ProjectedRun, stepId: string): StepRunView {
  const definition = steps.find(({ id }) => id === stepId);
  return {
    id: toTypeId('srun', deriveId(runId, stepId)),
    step_id: stepId,
    name: definition?.name ?? null,
    type: definition?.type ?? null,
    index: null,
    status: 'pending',
    waiting_for: null,
    input: null,
    output: null,
    error: null,
    approval: null,
    attempts: [],
    effects: [],
    started_at: null,
    ended_at: null,
  };
}

function scheduledAttempt({ attempt, input }: FactData['step.scheduled']): AttemptView {
  return {
    number: attempt,
    status: 'scheduled',
    input,
    output: null,
    error: null,
    started_at: null,
    ended_at: null,
    queued_ms: null,
    executor: null,
    cost: null,
    trace_id: null,
  };
}

type Source = Pick<FactData['step.completed'], 'started_at' | 'executor' | 'trace_id'>;

function source({ started_at, executor, trace_id }: Source): Partial<AttemptView> {
  return {
    started_at: started_at ?? null,
    executor: executor ?? null,
    trace_id: trace_id ?? null,
  };
}

/** Attempt 0 says that none was made: an input that could not be mapped, a condition that could not be evaluated. */
function endAttempt(view: StepRunView, number: number, scheduledAt: number | undefined, end: Partial<AttemptView>): void {
  const attempt = view.attempts.findLast((candidate) => candidate.number === number);
  if (attempt === undefined) return;
  Object.assign(attempt, end);
  // Clocks of two machines may differ by more than the time in the queue.
  if (attempt.started_at !== null && scheduledAt !== undefined)
    attempt.queued_ms = Math.max(0, Date.parse(attempt.started_at) - scheduledAt);
}

/** A run that has ended waits for nothing: what was still open will not be taken into account any more. */
function cancelOpen(view: StepRunView, at: string): void {
  if (view.status === 'completed' || view.status === 'failed' || view.status === 'skipped' || view.status === 'cancelled') return;
  Object.assign(view, { status: 'cancelled', waiting_for: null, ended_at: at });
  const last = view.attempts.at(-1);
  if (last?.status === 'scheduled') Object.assign(last, { status: 'cancelled', ended_at: at });
}
