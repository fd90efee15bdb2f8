import { canonicalJson, type FactData, type JsonValue } from '@flows/contracts';
import { resolveInstant, type PlannedStep, type PlannedWait } from '@flows/flow-graph';
import { completeStep, expressionError, failStep, machineError } from '../advance/settle-step.js';
import { LAST_INSTANT_MS, type Draft } from '../decide/draft.js';
import { timerIdOf } from './timer-ids.js';
import { findKeptEvent } from './kept-events.js';

/**
 * A run is accepted by one clock and an event by another. What came up to so long before the run counts: better than one that came just
 * after it and is missed because a clock is ahead. "Since the step" is meant as it is said.
 */
const CLOCK_SKEW_MS = 2_000;

/** The step parks until a time, or until an event that the run may already have. A time that has passed is no wait. */
export function beginWait(draft: Draft, step: PlannedStep): void {
  const { wait } = step;
  switch (wait?.kind) {
    case 'for':
      return park(draft, step, draft.at + wait.ms);
    case 'until':
      return waitUntil(draft, step, wait);
    case 'event':
      return waitForEvent(draft, step, wait);
    case undefined:
      return completeStep(draft, step, null);
  }
}

function park(draft: Draft, step: PlannedStep, dueAt: number): void {
  draft.record('step.waiting', step.id, {
    timer_id: timerIdOf(draft, 'wait', step.id),
    due_at: new Date(Math.min(dueAt, LAST_INSTANT_MS)).toISOString(),
  });
}

function waitUntil(draft: Draft, step: PlannedStep, wait: Extract<PlannedWait, { kind: 'until' }>): void {
  const at = wait.at.evaluate(draft.expressions());
  if (!at.ok) return failStep(draft, step, 0, expressionError('`until` cannot be evaluated', at));
  const instant = resolveInstant(at.value, wait.timezone);
  if (instant === null) {
    const shown = canonicalJson(at.value).slice(0, 100);
    const message = `\`until\` is no point in time: ${shown}. Give a timestamp, or a text such as 2026-12-01T09:00:00Z or 2026-12-01T09:00`;
    return failStep(draft, step, 0, machineError('invalid_timestamp', message));
  }
  park(draft, step, Math.max(instant, draft.at));
}

function waitForEvent(draft: Draft, step: PlannedStep, wait: Extract<PlannedWait, { kind: 'event' }>): void {
  const correlation = correlate(draft, wait);
  if (!correlation.ok)
    return failStep(draft, step, 0, expressionError('What the event must correlate with cannot be evaluated', correlation));
  const since = sinceOf(draft, wait);
  const timer = wait.timeoutMs === null ? {} : { timer_id: timerIdOf(draft, 'event', step.id), due_at: draft.in(wait.timeoutMs) };
  draft.record('step.awaiting_event', step.id, {
    event_type: wait.eventType,
    since: new Date(since).toISOString(),
    correlation: correlation.value,
    ...timer,
  });
  const kept = findKeptEvent(draft, step, since);
  if (kept !== null) completeStep(draft, step, { timed_out: false, event: kept as unknown as JsonValue });
}

function sinceOf(draft: Draft, { since }: Extract<PlannedWait, { kind: 'event' }>): number {
  if (since.kind === 'step') return draft.at;
  return Math.max(0, since.kind === 'run' ? draft.state.createdAt - CLOCK_SKEW_MS : draft.at - since.ms);
}

type Correlation = FactData['step.awaiting_event']['correlation'];

function correlate(
  draft: Draft,
  { correlation }: Extract<PlannedWait, { kind: 'event' }>,
): { ok: true; value: Correlation } | { ok: false; code: string; message: string } {
  if (correlation === null) return { ok: true, value: null };
  const value = correlation.value.evaluate(draft.expressions());
  return value.ok ? { ok: true, value: { path: [...correlation.path], value: value.value } } : value;
}
