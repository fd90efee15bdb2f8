import type { EventReceived, JsonValue, ReceivedEvent } from '@flows/contracts';
import type { FlowPlan, PlannedStep } from '@flows/flow-graph';
import { advance } from '../advance/advance.js';
import { completeStep } from '../advance/settle-step.js';
import { findKeptEvent, isAwaited, startedRun } from '../begin/kept-events.js';
import { Draft } from '../decide/draft.js';
import { ignored, type Decision } from '../decide/decision.js';
import { eventKey, isTerminal, type RunState } from '../state/run-state.js';

/** A run keeps as many events for waits to come; more would grow its state without end. */
const MAX_KEPT_EVENTS = 1_000;

/**
 * An event has come: sent for one wait that it may be for, or as a signal to the run. It ends every open wait that it is for. A signal
 * that none is for is kept, and so is everything while the run is paused. An event counts once: not again for waits that begin later.
 */
export function eventReceived(plan: FlowPlan, state: RunState, input: EventReceived): Decision {
  if (isTerminal(state.status)) return ignored('run_ended');
  const { event, step_id: stepId } = input;
  const draft = new Draft(plan, state, input.at);
  if (startedRun(draft, event)) return ignored('event_used');
  if (draft.paused || !state.begun) return keep(draft, input);
  const waits = openWaits(draft, event).filter((step) => stepId === undefined || step.id === stepId);
  const ended = waits.filter((step) => isAwaited(draft, step, event));
  if (ended.length > 0) {
    for (const step of ended) if (!draft.ended) endWith(draft, step, event);
    advance(draft, ended);
    return draft.decided();
  }
  if (stepId === undefined) return keep(draft, input);
  return ignored(waits.length === 0 ? 'not_waiting' : 'event_not_matched');
}

/** After a pause: what came meanwhile, up to a time, ends the waits that it is for. */
export function takeKeptEvents(draft: Draft, until = Infinity): void {
  // Found for all before any ends: an event ends every wait that is open when it comes.
  const found = [...draft.state.steps].flatMap(([stepId, { wait }]) => {
    const step = draft.planned(stepId);
    const event =
      wait?.for === 'event' && step !== undefined ? findKeptEvent(draft, step, Date.parse(wait.asked.since), until) : null;
    return step === undefined || event === null ? [] : [{ step, event }];
  });
  for (const { step, event } of found) if (!draft.ended) endWith(draft, step, event);
}

function endWith(draft: Draft, step: PlannedStep, event: ReceivedEvent): void {
  completeStep(draft, step, { timed_out: false, event: event as unknown as JsonValue });
}

/** Steps that wait for an event, and began to before this one ended another wait. */
function openWaits({ state, plan }: Draft, event: ReceivedEvent): PlannedStep[] {
  const usedAtSeq = state.usedEvents.get(eventKey(event))?.seq ?? Infinity;
  return plan.steps.filter((step) => {
    const wait = state.steps.get(step.id)?.wait;
    return wait?.for === 'event' && wait.sinceSeq < usedAtSeq;
  });
}

function keep(draft: Draft, { event, step_id: stepId }: EventReceived): Decision {
  const { mailbox, usedEvents } = draft.state;
  const key = eventKey(event);
  if (usedEvents.has(key) || mailbox.some((kept) => eventKey(kept.event) === key && kept.stepId === stepId))
    return ignored('event_used');
  const wanted = mailbox.filter((kept) => kept.again === true || !usedEvents.has(eventKey(kept.event)));
  if (wanted.length >= MAX_KEPT_EVENTS) return ignored('mailbox_full');
  draft.recordRun('run.event_kept', { event, ...(stepId === undefined ? {} : { step_id: stepId }) });
  return draft.decided();
}
