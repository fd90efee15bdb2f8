import type { JsonObject, JsonValue } from '@flows/contracts';

/** Why a flow did or did not start for an event; the words of the trigger log. */
export const VERDICTS = [
  'started',
  'filtered',
  'watch_unchanged',
  'disabled',
  'duplicate',
  'reentry',
  'capped',
  'debounced',
  'batched',
  'loop',
  'mapping_failed',
  'error',
] as const;
export type Verdict = (typeof VERDICTS)[number];

interface Explained {
  /** One sentence for people. */
  reason: string;
  /** What a program needs to show the same: codes, values, places. */
  details: JsonObject;
}
/** `started` says what the run will get; every other verdict says why there is none. */
export type MatchResult =
  | (Explained & { verdict: 'started'; payload: JsonValue; causationDepth: number })
  | (Explained & { verdict: 'filtered' | 'disabled' | 'loop' | 'mapping_failed' | 'error' });
export type Refusal = Exclude<MatchResult, { verdict: 'started' }>;
