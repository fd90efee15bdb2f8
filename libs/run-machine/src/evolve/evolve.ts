import type { RunFact, StepCost } from '@flows/contracts';
import { copyState, type RunState, type StepState } from '../state/run-state.js';

/** The state after a fact. Total: every fact folds into every state; facts are true, so nothing here chooses or refuses. */
export function evolve(state: RunState, fact: RunFact): RunState {
  const next = copyState(state);
  applyFact(next, fact);
  return next;
}

/** The state after a history. */
export function fold(state: RunState, facts: Iterable<RunFact>): RunState {
  const next = copyState(state);
  for (const fact of facts) applyFact(next, fact);
  return next;
}

const NO_STEP: StepState = { status: 'pending', attempt: 0, scheduled: null, timer: null, output: null, error: null };

/** Folds into a state that the caller owns (a copy of its own). */
export function applyFact(draft: RunState, fact: RunFact): void {
  draft.seq = fact.seq;
  draft.updatedAt = fact.at;
  switch (fact.type) {
    case 'run.started':
      draft.startedAt = fact.at;
      draft.status = 'running';
      return;
    case 'step.scheduled':
      setStep(draft, fact.step_id, {
        status: 'scheduled',
        attempt: fact.data.attempt,
        scheduled: { ...fact.data, at: fact.at },
        timer: null,
        output: null,
        error: null,
      });
      return;
    case 'step.waiting':
      setStep(draft, fact.step_id, {
        ...NO_STEP,
        status: 'waiting',
        timer: { id: fact.data.timer_id, dueAt: Date.parse(fact.data.due_at) },
      });
      return;
    case 'step.retrying':
      setStep(draft, fact.step_id, {
        ...stepOf(draft, fact.step_id),
        status: 'retrying',
        timer: { id: fact.data.timer_id, dueAt: Date.parse(fact.data.due_at) },
        error: fact.data.error,
      });
      return;
    case 'step.completed':
      take(draft, fact.data.live_edges);
      draft.cost = addCost(draft.cost, fact.data.cost);
      setStep(draft, fact.step_id, {
        ...stepOf(draft, fact.step_id),
        status: 'completed',
        timer: null,
        output: fact.data.output,
        error: null,
      });
      return;
    case 'step.failed':
      take(draft, fact.data.live_edges);
      if (fact.data.handling !== 'halt') draft.viaFallback = true;
      setStep(draft, fact.step_id, {
        ...stepOf(draft, fact.step_id),
        status: 'failed',
        attempt: fact.data.attempt,
        timer: null,
        output: null,
        error: fact.data.error,
      });
      return;
    case 'step.skipped':
      take(draft, fact.data.live_edges);
      setStep(draft, fact.step_id, { ...NO_STEP, status: 'skipped' });
      return;
    case 'run.completed':
      draft.output = fact.data.output;
      end(draft, 'completed', fact.at);
      return;
    case 'run.failed':
      draft.error = fact.data.error;
      end(draft, 'failed', fact.at);
      return;
    case 'run.timed_out':
      draft.error = fact.data.error;
      end(draft, 'timed_out', fact.at);
      return;
  }
}

function stepOf(draft: RunState, stepId: string): StepState {
  return draft.steps.get(stepId) ?? NO_STEP;
}

function take(draft: RunState, edges: readonly number[]): void {
  for (const edge of edges) draft.liveEdges.add(edge);
}

function setStep(draft: RunState, stepId: string, step: StepState): void {
  const before = draft.steps.get(stepId)?.status;
  draft.inFlight += Number(isInFlight(step.status)) - Number(isInFlight(before));
  draft.parked += Number(step.status === 'waiting') - Number(before === 'waiting');
  draft.steps.set(stepId, step);
  if (draft.status === 'running' || draft.status === 'waiting') {
    draft.status = draft.parked > 0 && draft.inFlight === 0 ? 'waiting' : 'running';
  }
}

function isInFlight(status: StepState['status'] | undefined): boolean {
  return status === 'scheduled' || status === 'running' || status === 'retrying';
}

/** The end of the run is the end of everything open in it. */
function end(draft: RunState, status: 'completed' | 'failed' | 'timed_out', at: number): void {
  draft.status = status;
  draft.endedAt = at;
  for (const [id, step] of draft.steps) {
    if (isInFlight(step.status) || step.status === 'waiting') draft.steps.set(id, { ...step, status: 'cancelled', timer: null });
  }
  draft.inFlight = 0;
  draft.parked = 0;
}

function addCost(sum: StepCost | null, more: StepCost | undefined): StepCost | null {
  if (more === undefined) return sum;
  if (sum === null) return more;
  return { amount: sum.amount + more.amount, currency: sum.currency, tokens: sum.tokens + more.tokens };
}
