import type { CloudEvent, JsonObject, JsonValue } from '@flows/contracts';
import type { FlowProblem } from '@flows/flow-graph';
import type { CompiledFilter, Trigger } from '../compile-trigger.js';
import { eventContext, type EventCondition } from '../filter/event-condition.js';
import { describeSight, lookAt } from '../filter/explain-filter.js';
import type { EventTriggerType } from '../trigger-row.js';
import { matchesEventType } from './event-type-pattern.js';
import type { MatchResult, Refusal } from './verdict.js';

/** Flows that may stand in one chain of cause and effect. A run whose depth would be greater does not start. */
export const MAX_CAUSATION_DEPTH = 8;

/**
 * Decides whether an event starts the trigger's flow, and says why. Deterministic, total: whatever an event holds, the answer is a value.
 * A filter or mapping that fails on this event is a verdict of its own (`error`, `mapping_failed`), never a silent "no".
 *
 * @param channel the kind of topic that the event came over; absent (a test of a trigger), any will do.
 */
export function matchTrigger(trigger: Trigger, event: CloudEvent, channel?: EventTriggerType): MatchResult {
  const { row } = trigger;
  if (!row.enabled) return refuse('disabled', 'The trigger is disabled', { code: 'trigger_disabled' });
  return checkOrigin(trigger, event, channel) ?? checkFilter(trigger.filter, event) ?? checkDepth(event) ?? map(trigger, event);
}

/** The verdict on every event that meets a trigger which does not compile: its author has to see it in the log. */
export function refuseBroken(problems: readonly FlowProblem[]): Refusal {
  const places = problems.map((problem) => `${problem.pointer}: ${problem.message}`);
  return refuse('error', `The trigger has errors. ${places.join('; ')}`, {
    code: 'trigger_invalid',
    problems: problems as unknown as JsonValue,
  });
}

/** How many flows stand between an outside cause and a run that this event starts: 0 for an event that no flow caused. */
export function causationDepthOf(event: CloudEvent): number {
  return event.causationdepth === undefined ? 0 : event.causationdepth + 1;
}

function checkOrigin({ row }: Trigger, event: CloudEvent, channel: EventTriggerType | undefined): Refusal | null {
  if (!matchesEventType(row.eventType, event.type)) return differ('event_type', 'type', row.eventType, event.type);
  if (channel !== undefined && channel !== row.type) return differ('type', 'kind', row.type, channel);
  return row.source === null || row.source === event.source ? null : differ('source', 'source', row.source, event.source);
}

function differ(clause: string, word: string, expected: string, actual: string): Refusal {
  return refuse('filtered', `The event's ${word} is "${actual}", the trigger takes "${expected}"`, { clause, expected, actual });
}

function checkFilter(filter: CompiledFilter | null, event: CloudEvent): Refusal | null {
  if (filter === null) return null;
  const context = eventContext(event);
  const whole = filter.whole.test(context);
  if (!whole.ok) {
    return refuse('error', `The filter cannot be evaluated: ${whole.message}`, {
      code: whole.code,
      filter: filter.whole.source,
      ...lookAt(filter.whole, event as JsonObject),
    });
  }
  if (whole.value) return null;
  const clause = filter.clauses().find((candidate) => {
    const result = candidate.test(context);
    return result.ok && !result.value;
  });
  return explain(clause ?? filter.whole, event);
}

function explain(clause: EventCondition, event: CloudEvent): Refusal {
  const sight = lookAt(clause, event as JsonObject);
  const seen = describeSight(sight);
  return refuse('filtered', `Not true: ${clause.source}${seen === '' ? '' : ` (${seen})`}`, { clause: clause.source, ...sight });
}

function checkDepth(event: CloudEvent): Refusal | null {
  const depth = causationDepthOf(event);
  if (depth <= MAX_CAUSATION_DEPTH) return null;
  const details: JsonObject = { code: 'causation_depth_exceeded', causation_depth: depth, limit: MAX_CAUSATION_DEPTH };
  if (event.causationid !== undefined) details['causationid'] = event.causationid;
  return refuse(
    'loop',
    `The event is the ${depth}th in a chain of flows that cause each other; at most ${MAX_CAUSATION_DEPTH} are allowed`,
    details,
  );
}

function map({ mapping }: Trigger, event: CloudEvent): MatchResult {
  const causationDepth = causationDepthOf(event);
  const started = (payload: JsonValue): MatchResult => ({
    verdict: 'started',
    reason: 'The event matches',
    details: {},
    payload,
    causationDepth,
  });
  if (mapping === null) return started({ event: event.type, ...event.data });
  const result = mapping.resolve(eventContext(event));
  if (result.ok) return started(result.value);
  return refuse('mapping_failed', `The mapping failed: ${result.message}`, { code: result.code });
}

function refuse(verdict: Refusal['verdict'], reason: string, details: JsonObject): Refusal {
  return { verdict, reason, details };
}
