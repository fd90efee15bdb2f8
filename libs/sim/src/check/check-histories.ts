import type { RunStatus } from '@flows/contracts';
import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import { evolve, isSettled, isTerminal, type RunState } from '@flows/run-machine';
import type { RunRow, StoredFact } from '../world/sim-pg.js';

const BEGINS = ['step.scheduled', 'step.waiting', 'step.awaiting_event', 'step.iterating', 'step.spawned'];
const LEGAL: Record<RunStatus, readonly RunStatus[]> = {
  queued: ['queued', 'running', 'paused', 'cancelled', 'timed_out'],
  running: ['running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'timed_out'],
  waiting: ['waiting', 'running', 'paused', 'completed', 'failed', 'cancelled', 'timed_out'],
  paused: ['paused', 'running', 'waiting', 'queued', 'failed', 'cancelled', 'timed_out'],
  completed: [],
  failed: ['queued'],
  cancelled: ['queued'],
  timed_out: ['queued'],
};

/**
 * What must hold of the history of every run, read fact by fact: dense numbers and no step back in time (I6); legal changes of status,
 * and nothing after an end but a retry (I5); nothing begins in a pause (I12); timers not before their time (I13); one open attempt at a
 * time, numbered without a gap, and results of that one only (I15); steps begin where a living path leads to, once per life (I16).
 */
export function checkHistory(row: RunRow, initial: RunState, plan: FlowPlan, violation: (text: string) => void): RunState {
  const { runId } = row.identity;
  const tell = (what: string, fact: StoredFact) =>
    violation(`${what}: run ${runId}, ${fact.seq} ${fact.type} ${fact.step_id ?? ''}`);
  let state = initial;
  for (const fact of row.facts) {
    if (fact.seq !== state.seq + 1) tell(`I6 after fact ${state.seq}`, fact);
    if (fact.at < state.updatedAt) tell('I6 goes back in time', fact);
    if (fact.caused_by === '') tell('I6 without a cause', fact);
    if (isTerminal(state.status) && fact.type !== 'run.retried') tell(`I5 after the end (${state.status})`, fact);
    if (state.status === 'paused' && BEGINS.includes(fact.type)) tell('I12 begins in a pause', fact);
    if (fact.step_id !== undefined) checkStepFact(state, plan, fact, (what) => tell(what, fact));
    const before = state.status;
    state = evolve(state, fact);
    if (!LEGAL[before].includes(state.status)) tell(`I5 ${before} → ${state.status}`, fact);
  }
  return state;
}

function checkStepFact(
  state: RunState,
  plan: FlowPlan,
  fact: Extract<StoredFact, { step_id: string }>,
  tell: (what: string) => void,
): void {
  const step = state.steps.get(fact.step_id);
  const planned = plan.step.get(fact.step_id);
  if (planned === undefined) return tell('I14 no step of the plan');
  if (step === undefined && fact.type !== 'step.skipped' && !mayBegin(state, plan, planned)) tell('I16 begins on a dead path');
  if (step !== undefined && isSettled(step.status)) tell(`I16 in a step that is ${step.status}`);
  switch (fact.type) {
    case 'step.scheduled': {
      const expected = Math.max(step?.attempt ?? 0, state.lives.get(fact.step_id)?.attempt ?? 0) + 1;
      if (fact.data.attempt !== expected) tell(`I15 attempt ${fact.data.attempt} where ${expected} is next`);
      if (step?.status === 'retrying' && step.timer !== null && fact.at < step.timer.dueAt)
        tell('I13 tried again before its time');
      return;
    }
    case 'step.retrying':
    case 'step.blocked':
    case 'step.progressed':
      if (fact.data.attempt !== step?.attempt) tell(`I15 of attempt ${fact.data.attempt}`);
      return;
    case 'step.completed': {
      const { attempt } = fact.data;
      if (attempt !== undefined && attempt !== step?.attempt) tell(`I15 of attempt ${attempt}`);
      if (step?.wait?.for === 'timer' && step.timer !== null && fact.at < step.timer.dueAt) tell('I13 ends before its time');
      return;
    }
    case 'step.child_ended':
      if (step?.children?.open.has(fact.data.run_id) !== true) tell('I16 a child that was not open');
      return;
    default:
      return;
  }
}

function mayBegin(state: RunState, plan: FlowPlan, step: PlannedStep): boolean {
  if (plan.cleanup.has(step.id) !== (state.cancelling !== null)) return false;
  if (step.incoming.length === 0) return true;
  const live = step.incoming.some((edge) => state.liveEdges.has(edge.index));
  const open = step.incoming.some(
    ({ from, index }) => !state.liveEdges.has(index) && !isSettled(state.steps.get(from)?.status ?? 'pending'),
  );
  return live && (step.join === 'any' || !open);
}
