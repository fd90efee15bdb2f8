import type { FactData } from '@flows/contracts';
import { cancelOpenAttempt, changeAttempt, scheduledAttempt, sourceOf } from './attempt.projection.js';
import type { StepRunView, StepWaitView } from './step-run.view.js';
import type { StepTraceFact } from './trace-fact.js';

/** A step run as it is being told. */
export interface ToldStep {
  readonly view: StepRunView;
  /** When the open attempt was scheduled, Unix milliseconds. */
  scheduledAt: number | null;
}

const NO_WAIT: StepWaitView = { due_at: null, event_type: null, since: null, correlation: null, details: null };
const NOT_WAITING = { waiting_for: null, waiting_since: null, wait: null };

/** What one fact about a step changes in its view. Facts of a kind that it does not know leave it as it is. */
export function tell(step: ToldStep, fact: StepTraceFact): void {
  const { view } = step;
  const at = new Date(fact.at).toISOString();
  const started_at = view.started_at ?? at;
  switch (fact.type) {
    case 'step.scheduled': {
      const { input } = fact.data;
      Object.assign(view, { ...NOT_WAITING, status: 'scheduled', input, error: null, progress: null, started_at });
      view.attempts.push(scheduledAttempt(fact.data));
      step.scheduledAt = fact.at;
      return;
    }
    case 'step.progressed': {
      const { attempt, progress } = fact.data;
      Object.assign(view, { status: 'running', ...(progress === undefined ? {} : { progress }) });
      return changeAttempt(view, attempt, step.scheduledAt, { ...sourceOf(fact.data), status: 'running' });
    }
    case 'step.waiting':
      return wait(view, 'timer', at, { due_at: fact.data.due_at });
    case 'step.awaiting_event': {
      const { due_at = null, event_type, since, correlation } = fact.data;
      return wait(view, 'event', at, { due_at, event_type, since, correlation });
    }
    case 'step.awaiting_approval':
      return awaitApproval(step, fact.data, at);
    case 'step.approval_decided': {
      const { approval_id, decision, by, comment = null, expired } = fact.data;
      if (view.approval_request?.id !== approval_id) return;
      view.approval = expired ? 'expired' : decision;
      Object.assign(view.approval_request, { status: view.approval, decision, by, comment, decided_at: at });
      return;
    }
    case 'step.blocked': {
      const { attempt, reason, error = null, details = null, due_at = null } = fact.data;
      wait(view, reason, at, { due_at, details });
      view.error = error;
      return changeAttempt(view, attempt, step.scheduledAt, { ...sourceOf(fact.data), status: 'blocked', error, ended_at: at });
    }
    case 'step.iterating':
      Object.assign(view, {
        ...NOT_WAITING,
        status: 'running',
        started_at,
        children: { total: fact.data.total, done: 0, failed: 0 },
      });
      return;
    case 'step.spawned':
      Object.assign(view, { ...NOT_WAITING, status: 'running', started_at });
      if (fact.data.kind === 'flow') {
        view.input = fact.data.input ?? null;
        for (const { run_id } of fact.data.children) if (!view.child_run_ids.includes(run_id)) view.child_run_ids.push(run_id);
      }
      return;
    case 'step.retrying': {
      const { attempt, error, due_at } = fact.data;
      Object.assign(view, { status: 'retrying', waiting_for: 'timer', waiting_since: at, wait: { ...NO_WAIT, due_at }, error });
      return changeAttempt(view, attempt, step.scheduledAt, { ...sourceOf(fact.data), status: 'failed', error, ended_at: at });
    }
    case 'step.completed': {
      const { attempt, output, cost = null, effects = [] } = fact.data;
      Object.assign(view, { ...NOT_WAITING, status: 'completed', output, error: null, effects, started_at, ended_at: at });
      return changeAttempt(view, attempt, step.scheduledAt, {
        ...sourceOf(fact.data),
        status: 'completed',
        output,
        cost,
        ended_at: at,
      });
    }
    case 'step.failed': {
      const { attempt, error } = fact.data;
      Object.assign(view, { ...NOT_WAITING, status: 'failed', error, started_at, ended_at: at });
      return changeAttempt(view, attempt, step.scheduledAt, { ...sourceOf(fact.data), status: 'failed', error, ended_at: at });
    }
    case 'step.skipped':
      Object.assign(view, { ...NOT_WAITING, status: 'skipped', ended_at: at });
      return;
  }
}

/** Open work of a run that has ended will not be taken into account any more. */
export function cancelOpen({ view }: ToldStep, at: string): void {
  if (view.status === 'completed' || view.status === 'failed' || view.status === 'skipped' || view.status === 'cancelled') return;
  Object.assign(view, { ...NOT_WAITING, status: 'cancelled', ended_at: at });
  if (view.approval_request?.status === 'open') view.approval = view.approval_request.status = 'withdrawn';
  cancelOpenAttempt(view, at);
}

/** A retry lets the step begin anew: what it shows is its newest life, only its attempts go on. */
export function beginAnew({ view }: ToldStep): void {
  Object.assign(view, {
    ...NOT_WAITING,
    status: 'pending',
    progress: null,
    input: null,
    output: null,
    error: null,
    approval: null,
    approval_request: null,
    children: null,
    child_run_ids: [],
    effects: [],
    started_at: null,
    ended_at: null,
  } satisfies Partial<StepRunView>);
}

function wait(view: StepRunView, waiting_for: StepRunView['waiting_for'], at: string, details: Partial<StepWaitView>): void {
  Object.assign(view, {
    status: 'waiting',
    waiting_for,
    waiting_since: at,
    wait: { ...NO_WAIT, ...details },
    started_at: view.started_at ?? at,
  });
}

function awaitApproval(step: ToldStep, asked: FactData['step.awaiting_approval'], at: string): void {
  const { view } = step;
  const { approval_id: id, stage, artefact, assignees, due_at = null, cost = null, effects } = asked;
  wait(view, 'approval', at, { due_at });
  view.approval = 'pending';
  view.approval_request = {
    id,
    status: 'open',
    stage,
    artefact,
    assignees,
    due_at,
    decision: null,
    by: null,
    comment: null,
    decided_at: null,
  };
  if (stage !== 'output') view.input = artefact;
  if (effects !== undefined) view.effects = effects;
  changeAttempt(view, asked.attempt, step.scheduledAt, {
    ...sourceOf(asked),
    status: 'completed',
    output: artefact,
    cost,
    ended_at: at,
  });
}
