import { matchTrigger, refuseBroken, type MatchResult, type TriggerRow } from '@flows/trigger-rules';
import type { IncomingEvent } from '../intake/incoming-event.js';
import type { LiveTrigger } from '../triggers/live-trigger.js';

/** What the rules say about one event and one trigger. */
export interface Judgement {
  readonly incoming: IncomingEvent;
  readonly trigger: TriggerRow;
  readonly result: MatchResult;
  /** Later records of the batch that carry the same event. */
  repeats: number;
}

/** Names an event of a trigger for ever: (trigger, event source, event id). */
export function decisionKey(triggerId: string, eventSource: string, eventId: string): string {
  return JSON.stringify([triggerId, eventSource, eventId]);
}

/** Matches events with the triggers that take their type. Of an event that comes several times in the batch, the first record is judged. */
export function judgeEvents(
  events: readonly IncomingEvent[],
  find: (workspaceId: string, eventType: string) => LiveTrigger[],
): Judgement[] {
  const judgements = new Map<string, Judgement>();
  for (const incoming of events) {
    for (const live of find(incoming.workspaceId, incoming.event.type)) {
      const key = decisionKey(live.row.id, incoming.event.source, incoming.event.id);
      const earlier = judgements.get(key);
      if (earlier !== undefined) earlier.repeats += 1;
      else judgements.set(key, { incoming, trigger: live.row, result: judge(live, incoming), repeats: 0 });
    }
  }
  return [...judgements.values()];
}

/** A failure inside the rules is a bug in them; it becomes this event's verdict and leaves the others alone. */
function judge(live: LiveTrigger, { event, channel }: IncomingEvent): MatchResult {
  if ('problems' in live) return refuseBroken(live.problems);
  try {
    return matchTrigger(live.trigger, event, channel);
  } catch (error) {
    return {
      verdict: 'error',
      reason: `The trigger could not be evaluated: ${String(error)}`,
      details: { code: 'internal_error' },
    };
  }
}
