import type { RunFact } from '@flows/contracts';
import { eventKey, type RunState } from '../state/run-state.js';
import { NO_STEP } from '../state/step-state.js';
import { addCost } from './add-cost.js';
import { endChild, iterate, spawn } from './child-runs.js';
import { shownSteps } from '../decide/expression-context.js';
import { eventOf } from './event-of.js';
import { setStep, stepOf } from './set-step.js';

type StepFact = Extract<RunFact, { step_id: string }>;

export function applyStepFact(draft: RunState, fact: StepFact): void {
  const { step_id: stepId } = fact;
  const step = stepOf(draft, stepId);
  switch (fact.type) {
    case 'step.scheduled':
      return setStep(draft, stepId, {
        ...step,
        status: 'scheduled',
        attempt: fact.data.attempt,
        uncounted: step.firstAttemptAt === null ? fact.data.attempt - 1 : step.uncounted,
        firstAttemptAt: step.firstAttemptAt ?? fact.at,
        scheduled: { ...fact.data, at: fact.at },
        timer: null,
        wait: null,
        progress: null,
        output: null,
        error: null,
      });
    case 'step.progressed':
      return setStep(draft, stepId, { ...step, status: 'running', progress: fact.data.progress ?? step.progress });
    case 'step.waiting':
      return setStep(draft, stepId, { ...step, status: 'waiting', timer: timerOf(fact.data), wait: { for: 'timer' } });
    case 'step.awaiting_event':
      return setStep(draft, stepId, {
        ...step,
        status: 'waiting',
        timer: timerOf(fact.data),
        wait: { for: 'event', asked: fact.data, sinceSeq: fact.seq },
      });
    case 'step.awaiting_approval':
      draft.cost = addCost(draft.cost, fact.data.cost);
      return setStep(draft, stepId, {
        ...step,
        status: 'waiting',
        timer: timerOf(fact.data),
        wait: { for: 'approval', asked: fact.data },
      });
    case 'step.approval_decided':
      return;
    case 'step.blocked':
      return setStep(draft, stepId, {
        ...step,
        status: 'waiting',
        uncounted: step.uncounted + 1,
        timer: timerOf(fact.data),
        wait: { for: fact.data.reason },
        error: fact.data.error ?? null,
      });
    case 'step.retrying':
      return setStep(draft, stepId, { ...step, status: 'retrying', timer: timerOf(fact.data), error: fact.data.error });
    case 'step.iterating':
      return setStep(draft, stepId, {
        ...step,
        status: 'running',
        children: iterate(fact.data, shownSteps(draft, fact.data.outer_steps), draft.lives.get(stepId)?.children ?? null),
      });
    case 'step.spawned':
      return setStep(draft, stepId, {
        ...step,
        status: fact.data.awaited ? 'running' : step.status,
        children: spawn(draft, step.children, fact.data, draft.lives.get(stepId)?.children ?? null),
      });
    case 'step.child_ended':
      draft.cost = addCost(draft.cost, fact.data.cost);
      return setStep(draft, stepId, { ...step, children: endChild(draft, step.children, fact.data) });
    case 'step.completed': {
      take(draft, fact.data.live_edges);
      // What an approval held was counted when it was held.
      if (step.wait?.for !== 'approval') draft.cost = addCost(draft.cost, fact.data.cost);
      const event = step.wait?.for === 'event' ? eventOf(fact.data.output) : null;
      if (event !== null) draft.usedEvents.set(eventKey(event), { seq: fact.seq, at: fact.at });
      return setStep(draft, stepId, {
        ...step,
        status: 'completed',
        timer: null,
        wait: null,
        output: fact.data.output,
        error: null,
      });
    }
    case 'step.failed':
      take(draft, fact.data.live_edges);
      if (fact.data.handling !== 'halt') draft.viaFallback = true;
      return setStep(draft, stepId, {
        ...step,
        status: 'failed',
        attempt: fact.data.attempt,
        timer: null,
        wait: null,
        children: step.children === null ? null : { ...step.children, open: new Map() },
        output: null,
        error: fact.data.error,
      });
    case 'step.skipped':
      take(draft, fact.data.live_edges);
      return setStep(draft, stepId, { ...NO_STEP, status: 'skipped' });
  }
}

function timerOf(data: { timer_id?: string; due_at?: string }): { id: string; dueAt: number } | null {
  if (data.timer_id === undefined || data.due_at === undefined) return null;
  return { id: data.timer_id, dueAt: Date.parse(data.due_at) };
}

function take(draft: RunState, edges: readonly number[]): void {
  for (const edge of edges) draft.liveEdges.add(edge);
}
