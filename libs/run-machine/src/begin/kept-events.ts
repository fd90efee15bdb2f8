import type { JsonValue, ReceivedEvent } from '@flows/contracts';
import type { EventContext, PlannedStep } from '@flows/flow-graph';
import type { Draft } from '../decide/draft.js';
import { eventKey } from '../state/run-state.js';

/** The oldest kept event that the step waits for, or null. An event that ended an earlier wait, or started the run, counts no more. */
export function findKeptEvent(draft: Draft, step: PlannedStep, since: number, until = Infinity): ReceivedEvent | null {
  for (const { event, stepId, at, again } of draft.state.mailbox) {
    if (at < since || at > until || (stepId !== undefined && stepId !== step.id)) continue;
    if ((again !== true && draft.state.usedEvents.has(eventKey(event))) || startedRun(draft, event)) continue;
    if (isAwaited(draft, step, event)) return event;
  }
  return null;
}

/** Whether the event is what the step waits for: by type, and by `match`. A match that cannot be evaluated over this event is none. */
export function isAwaited(draft: Draft, step: PlannedStep, event: ReceivedEvent): boolean {
  if (step.wait?.kind !== 'event' || !isOfType(event.type, step.wait.eventType)) return false;
  if (step.wait.match === null) return true;
  const context: EventContext = { ...draft.expressions(), event: event as unknown as JsonValue };
  const matched = step.wait.match.test(context);
  return matched.ok && matched.value;
}

export function startedRun(draft: Draft, event: ReceivedEvent): boolean {
  const trigger = draft.state.scope?.trigger ?? draft.state.trigger;
  if (trigger.event_id !== event.id) return false;
  // CloudEvents are the same by source and id together.
  const source = trigger.event?.['source'];
  return source === undefined || source === event.source;
}

/** An exact type, or one that ends in `.*`. */
function isOfType(type: string, pattern: string): boolean {
  return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
