import { canonicalJson } from '@flows/contracts';

/** JSON without what the time or the number of tries decides: moments, and the counters of the outside's events. */
export function normalText(value: unknown): string {
  return canonicalJson(value)
    .replace(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"…"')
    .replace(/"(ev:run_[^:"]*:[^:"]*):\d+"/g, '"$1"');
}
