import type { JsonObject, JsonValue } from '@flows/contracts';
import type { EventCondition } from './event-condition.js';
import { seenValue, valueAt } from './seen-value.js';

/** What a clause saw in the event, for the trigger log. */
export type ClauseSight = {
  /** By the path as written; only paths that exist. */
  values: JsonObject;
  /** Paths at which the event has nothing. */
  absent: string[];
};

export function lookAt(condition: EventCondition, event: JsonValue): ClauseSight {
  const sight: ClauseSight = { values: {}, absent: [] };
  for (const path of condition.paths) {
    const value = valueAt(event, path.keys);
    if (value === undefined) sight.absent.push(path.text);
    else sight.values[path.text] = seenValue(value, path.keys);
  }
  return sight;
}

/** "event.data.score is 12, event.data.tier is absent"; empty when the clause names nothing of the event. */
export function describeSight(sight: ClauseSight): string {
  const seen = Object.entries(sight.values).map(([path, value]) => `${path} is ${JSON.stringify(value)}`);
  return [...seen, ...sight.absent.map((path) => `${path} is absent`)].join(', ');
}
